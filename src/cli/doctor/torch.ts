import { existsSync, readFileSync } from 'node:fs';
import { nameBlas } from './blas.ts';
import type { Missing, TorchFindings } from './findings.ts';

interface NativeRecord {
  readonly route: string;
  readonly root: string;
}

/** What the set-up noted about the libtorch it chose. */
function setupRecord(): NativeRecord | undefined {
  const path = new URL('../../../build/native/current.json', import.meta.url);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as NativeRecord) : undefined;
}

/** Loads the bridge and asks libtorch about itself. */
export async function examineTorch(): Promise<TorchFindings | Missing> {
  const engine = await import('../../engine/index.ts');
  try {
    const configuration = engine.torchConfiguration();
    const named = process.env.ARPENT_NATIVE;
    const record = named ? undefined : setupRecord();
    return {
      version: engine.torchVersion(),
      route: record?.route ?? (named ? '$ARPENT_NATIVE' : 'unknown'),
      root: record?.root ?? null,
      threads: engine.getNumThreads(),
      cpuCapability: /CPU capability usage: (\S+)/.exec(configuration)?.[1] ?? null,
      blas: nameBlas(configuration),
      cudaDevices: engine.cudaDeviceCount(),
    };
  } catch (error) {
    if (!(error instanceof engine.BridgeNotFoundError)) throw error;
    return { missing: error.problem.split('\n')[0] ?? '', remedy: error.remedy };
  }
}
