import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { loadRunConfig, type NormalizationConfig } from '../config/index.ts';
import {
  CombinationRuleError,
  checkCombination,
  type Rule,
  readRuleFile,
  ruleSchema,
} from '../ensemble/index.ts';
import {
  type NetworkDescription,
  ONNX_PROVIDERS,
  type OnnxProvider,
  type SymmetryName,
} from '../inference/index.ts';
import { describeModelFile } from './describe-model.ts';
import { describeNetwork } from './train.ts';

const SYMMETRIES = [
  'identity',
  'rot90',
  'rot180',
  'rot270',
  'hflip',
  'vflip',
  'transpose',
  'antitranspose',
] as const satisfies readonly SymmetryName[];

const normalization = z.union([
  z.strictObject({ type: z.enum(['scaling', 'without']) }),
  z.strictObject({ type: z.literal('custom'), means: z.array(z.number()), stds: z.array(z.number()) }),
  z.strictObject({
    type: z.literal('sentinel'),
    file: z.string().min(1),
    means: z.array(z.number()),
    stds: z.array(z.number()),
  }),
]);

const modelSchema = z.strictObject({
  checkpoint: z.string().min(1),
  config: z.string().min(1).optional(),
  channels: z.array(z.int().min(1)).min(1).optional(),
  normalization: normalization.optional(),
  tta: z
    .union([z.enum(['none', 'flips', 'rotations', 'all']), z.array(z.enum(SYMMETRIES)).min(1)])
    .optional(),
  scales: z.array(z.number().positive()).min(1).optional(),
  size: z.int().min(32).optional(),
  device: z.string().optional(),
  provider: z.enum(ONNX_PROVIDERS).optional(),
  precision: z.enum(['fp32', 'bf16', 'fp16']).optional(),
});

const fileSchema = z.strictObject({
  models: z.record(z.string().min(1), modelSchema),
  rule: ruleSchema.optional(),
  output: z.enum(['classes', 'probabilities']).default('classes'),
});

const VIEWS: Readonly<Record<string, readonly SymmetryName[]>> = {
  none: [],
  flips: ['identity', 'hflip', 'vflip', 'rot180'],
  rotations: ['identity', 'rot90', 'rot180', 'rot270'],
  all: SYMMETRIES,
};

/** A network of a group and how it sees images. */
export interface GroupedModel {
  readonly name: string;
  readonly checkpoint: string;
  readonly description: NetworkDescription;
  /** Symmetries of test-time augmentation; none without it. */
  readonly views: readonly SymmetryName[];
  readonly scales: readonly number[] | null;
  readonly size: number | null;
  readonly device: string | null;
  readonly precision: 'fp32' | 'bf16' | 'fp16' | null;
  /** What ONNX Runtime computes with, where the checkpoint is an `.onnx` file. */
  readonly provider: OnnxProvider | null;
}

/** Makes sure that a network gets as many bands as it takes, and a mean and a deviation for each. */
function checkBands(
  name: string,
  { model, channels, normalization }: NetworkDescription,
  fail: (key: string, problem: string, remedy: string) => CombinationRuleError,
): void {
  if (channels.length !== model.channels) {
    throw fail(
      'channels',
      `"${name}" gives ${channels.length} channels to a network of ${model.channels}`,
      'list as many bands as the network was trained on',
    );
  }
  if (!('means' in normalization)) return;
  for (const key of ['means', 'stds'] as const) {
    const count = normalization[key].length;
    if (count === channels.length) continue;
    throw fail(
      'normalization',
      `"${name}" has ${count} ${key} for ${channels.length} channels`,
      'give one number a channel, in the order of the channels',
    );
  }
}

/** Networks that look at the same images, and how their answers become one. */
export interface ModelGroup {
  readonly models: readonly GroupedModel[];
  readonly classes: NetworkDescription['classes'];
  readonly rule: Rule;
  readonly output: 'classes' | 'probabilities';
}

function normalizationOf(
  values: z.infer<typeof normalization>,
  at: (path: string) => string,
): NormalizationConfig {
  if (values.type === 'custom') return { kind: 'custom', means: values.means, stds: values.stds };
  if (values.type === 'sentinel') {
    return { kind: 'sentinel', file: at(values.file), means: values.means, stds: values.stds };
  }
  return { kind: values.type };
}

async function describe(name: string, checkpoint: string, config: string | null, file: string) {
  if (config !== null) return describeNetwork((await loadRunConfig(config, { checkFiles: false })).config);
  const description = describeModelFile(checkpoint);
  if (description !== null) return description;
  throw new CombinationRuleError(`the checkpoint of "${name}" does not say what network it belongs to`, {
    ...{ file, key: `models.${name}` },
    remedy: 'write "config:" with the configuration it was trained with',
  });
}

/**
 * Reads the YAML of `arpent ensemble predict`: models by name (checkpoint, and where they differ configuration, channels,
 * normalisation, test-time augmentation, size, device), a rule over their names (default their mean) and the output.
 * @throws {CombinationRuleError} for a file that contradicts itself; errors of configurations and checkpoints.
 */
export async function readModelGroup(file: string): Promise<ModelGroup> {
  const remedy = 'write "models" by name with a checkpoint each, and optionally a "rule" (docs/ensembles.md)';
  const { value: read, placeOf } = await readRuleFile(file, fileSchema, CombinationRuleError, remedy);
  const failAt = (path: readonly string[], problem: string, remedy: string) =>
    new CombinationRuleError(problem, { ...placeOf(path), remedy });
  const at = (path: string) => resolve(dirname(file), path);
  const { models: wanted, output } = read;
  const models: GroupedModel[] = [];
  for (const [name, values] of Object.entries(wanted)) {
    const checkpoint = at(values.checkpoint);
    const found = await describe(
      name,
      checkpoint,
      values.config === undefined ? null : at(values.config),
      file,
    );
    models.push({
      name,
      checkpoint,
      description: {
        ...found,
        channels: values.channels ?? found.channels,
        ...(values.normalization ? { normalization: normalizationOf(values.normalization, at) } : {}),
      },
      views: typeof values.tta === 'object' ? values.tta : VIEWS[values.tta ?? 'none']!,
      scales: values.scales ?? null,
      size: values.size ?? null,
      device: values.device ?? null,
      precision: values.precision ?? null,
      provider: values.provider ?? null,
    });
  }
  const [first] = models;
  if (first === undefined) throw failAt(['models'], 'there is no model', 'name at least one checkpoint');
  const { classes } = first.description;
  for (const { name, description } of models) {
    checkBands(name, description, (key, ...said) => failAt(['models', name, key], ...said));
    if (description.classes.length === classes.length) continue;
    throw failAt(
      ['models', name],
      `"${name}" has ${description.classes.length} classes, "${first.name}" ${classes.length}`,
      'combine networks of the same classes',
    );
  }
  const rule: Rule = read.rule ?? { kind: 'mean', of: models.map(({ name }) => name) };
  const inputs = Object.fromEntries(models.map(({ name, checkpoint }) => [name, { path: checkpoint }]));
  checkCombination({ classes: classes.length, inputs, rule, output }, ([key, ...rest]) =>
    placeOf([key === 'inputs' ? 'models' : key!, ...rest]),
  );
  return { models, classes, rule, output };
}
