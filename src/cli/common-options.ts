import { type Command, Option, InvalidArgumentError as UsageError } from 'commander';
import type { OnnxProvider } from '../inference/index.ts';

/** What most commands accept. */
export interface CommonOptions {
  readonly overwrite?: boolean;
  readonly skipBad?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const MEANINGS = {
  overwrite: ['--overwrite', 'replace outputs that are there already'],
  'skip-bad': ['--skip-bad', 'leave out images or masks that cannot be used, and list them'],
  quiet: ['-q, --quiet', 'print results, warnings and errors only'],
  json: ['--json', 'print JSON lines instead of text'],
} as const;

/** Adds options that mean the same everywhere. */
export function addCommonOptions(command: Command, ...names: readonly (keyof typeof MEANINGS)[]): Command {
  for (const name of names) {
    const [flags, meaning] = MEANINGS[name];
    command.option(flags, meaning);
  }
  return command;
}

/** Options that say where and how numbers are computed. */
export interface ComputeFlags {
  readonly device?: string;
  readonly precision?: 'fp32' | 'bf16' | 'fp16';
  readonly threads?: number;
  readonly workers?: number;
  readonly provider?: OnnxProvider;
}

/** Adds the options of {@link ComputeFlags}. */
export function addComputeOptions(command: Command): Command {
  return command
    .option('--device <name>', 'auto, cpu, cuda or cuda:<n>', parseDevice)
    .option('--precision <type>', 'number format of the network: fp32, bf16 or fp16', parsePrecision)
    .option('--threads <n>', 'CPU threads of the network', parseCount)
    .option('--workers <n>', 'images read at once', parseCount);
}

/** Adds the option that says what ONNX Runtime computes with. */
export function addProviderOption(command: Command): Command {
  const providers = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu'] satisfies OnnxProvider[];
  return command.addOption(
    new Option('--provider <name>', 'what ONNX Runtime computes with, for .onnx models').choices(providers),
  );
}

/** A whole number from 1 up. @throws UsageError */
export function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UsageError(`"${text}" is not a whole number from 1 up`);
}

/** A whole number from 0 up. @throws UsageError */
export function parseSize(text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= 0) return value;
  throw new UsageError(`"${text}" is not a whole number from 0 up`);
}

/** Band numbers, `1,2,3` or `1-5`. @throws UsageError */
export function parseChannels(text: string): number[] {
  const channels = text.split(',').flatMap((part) => {
    const [, first, last] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const from = Number(first);
    const to = Number(last ?? first);
    return from >= 1 && to >= from ? Array.from({ length: to - from + 1 }, (_, i) => from + i) : [Number.NaN];
  });
  if (channels.every(Number.isInteger)) return channels;
  throw new UsageError(`"${text}" is not a list of bands; write 1,2,3 or 1-5 (the first band is 1)`);
}

/** Numbers with commas between. @throws UsageError */
export function parseNumbers(text: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.every(Number.isFinite)) return numbers;
  throw new UsageError(`"${text}" is not a list of numbers; write 105.1,110.9`);
}

function parsePrecision(text: string): NonNullable<ComputeFlags['precision']> {
  if (text === 'fp32' || text === 'bf16' || text === 'fp16') return text;
  throw new UsageError(`"${text}" is not fp32, bf16 or fp16`);
}

function parseDevice(text: string): string {
  if (/^(auto|cpu|cuda(:\d+)?)$/.test(text)) return text;
  throw new UsageError(`"${text}" is not auto, cpu, cuda or cuda:<n>`);
}
