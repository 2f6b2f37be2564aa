/** A part that was looked for and is not there, or does not work. */
export interface Missing {
  /** What is wrong. */
  readonly missing: string;
  /** What to type. */
  readonly remedy: string;
}

/** The machine itself. Sizes are in bytes. */
export interface MachineFindings {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  /** Of AVX2, AVX512, VNNI, BF16, AMX and their like, those the processor has. */
  readonly features: readonly string[];
  readonly memory: { readonly total: number; readonly available: number };
  /** The disk under the working folder. */
  readonly disk: { readonly folder: string; readonly total: number; readonly free: number };
}

/** The libtorch in use, as the loaded bridge reports it. */
export interface TorchFindings {
  readonly version: string;
  /** How the set-up found it: env, python, venv, debian, or `$ARPENT_NATIVE`. */
  readonly route: string;
  readonly root: string | null;
  readonly threads: number;
  /** Vector instructions its kernels use (`AVX512`). */
  readonly cpuCapability: string | null;
  /** The library that multiplies matrices. */
  readonly blas: string;
  readonly cudaDevices: number;
}

/** GDAL behind its binding. */
export interface GdalFindings {
  readonly version: string;
  readonly bundled: boolean;
  readonly driverCount: number;
  /** Of the formats of aerial imagery, those that can be opened, and those that cannot. */
  readonly drivers: readonly string[];
  readonly absentDrivers: readonly string[];
}

/** Everything `arpent doctor` reports. */
export interface Findings {
  readonly arpent: string;
  readonly node: string;
  readonly npm: string | null;
  readonly machine: MachineFindings;
  readonly torch: TorchFindings | Missing;
  readonly gdal: GdalFindings | Missing;
  readonly onnxruntime: { readonly version: string; readonly backends: readonly string[] } | Missing;
  /** GPUs that the driver lists, one line each. */
  readonly gpus: readonly string[];
  /** Environment variables that change how we run. */
  readonly environment: Readonly<Record<string, string>>;
  /** Known traps this machine is in. */
  readonly warnings: readonly string[];
}

/** Whether a part is missing. */
export function isMissing(part: object): part is Missing {
  return 'missing' in part;
}
