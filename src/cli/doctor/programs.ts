import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Missing } from './findings.ts';

const execute = promisify(execFile);

/** What a program prints, or null when it is not there, fails, or takes too long. */
async function ask(program: string, args: readonly string[]): Promise<string | null> {
  try {
    return (await execute(program, args, { timeout: 15_000 })).stdout.trim();
  } catch {
    return null;
  }
}

/** npm's version, or null without npm. */
export function npmVersion(): Promise<string | null> {
  return ask('npm', ['--version', '--loglevel=error']);
}

/** One line for each GPU that NVIDIA's driver lists: name, memory, driver. */
export async function listGpus(): Promise<string[]> {
  const fields = '--query-gpu=name,memory.total,driver_version';
  const listing = await ask('nvidia-smi', [fields, '--format=csv,noheader']);
  return listing === null ? [] : listing.split('\n').filter((line) => line !== '');
}

/** ONNX Runtime's version and the backends it can run on. */
export async function examineOnnxRuntime(): Promise<{ version: string; backends: string[] } | Missing> {
  try {
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
      version: string;
    };
    const { listSupportedBackends } = await import('onnxruntime-node');
    return { version, backends: listSupportedBackends().map(({ name }) => name) };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      missing: `ONNX Runtime does not load: ${reason}`,
      remedy: 'run `npm run setup` in the project folder',
    };
  }
}
