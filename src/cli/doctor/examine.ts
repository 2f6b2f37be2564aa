import { packageVersion } from '../program.ts';
import type { Findings } from './findings.ts';
import { examineGdal } from './gdal.ts';
import { examineMachine } from './machine.ts';
import { examineOnnxRuntime, listGpus, npmVersion } from './programs.ts';
import { examineTorch } from './torch.ts';
import { findTraps } from './traps.ts';

/** Variables that change which libraries we load and how they run. */
const variables =
  /^(LIBTORCH|ARPENT_.*|OMP_NUM_THREADS|MKL_NUM_THREADS|OPENBLAS_NUM_THREADS|CUDA_VISIBLE_DEVICES|GDAL_.*|ATEN_CPU_CAPABILITY)$/;

function telltaleEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      variables.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** Looks at everything arpent stands on. Parts that are missing are reported, never thrown. */
export async function examine(): Promise<Findings> {
  // The engine sets variables for the libraries it loads; what the person set is what matters.
  const environment = telltaleEnvironment();
  const [npm, gpus, machine, torch, gdal, onnxruntime] = await Promise.all([
    npmVersion(),
    listGpus(),
    examineMachine(process.cwd()),
    examineTorch(),
    examineGdal(),
    examineOnnxRuntime(),
  ]);
  const found = {
    arpent: packageVersion(),
    node: process.versions.node,
    npm,
    machine,
    torch,
    gdal,
    onnxruntime,
    gpus,
    environment,
  };
  return { ...found, warnings: findTraps(found) };
}
