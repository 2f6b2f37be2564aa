import { type Findings, isMissing } from './findings.ts';

const gibibyte = 2 ** 30;

/** The traps people of this field fall into, as sentences with the way out. */
export function findTraps({ machine, torch, gdal, gpus }: Omit<Findings, 'warnings'>): string[] {
  const warnings: string[] = [];
  if (!isMissing(torch)) {
    if (torch.blas.startsWith('reference BLAS')) {
      warnings.push(
        'libtorch multiplies matrices with the reference BLAS, about thirty times slower: apt-get install libopenblas0-pthread',
      );
    }
    if (torch.threads === 1 && machine.cores > 1) {
      warnings.push(
        `libtorch uses 1 thread of ${machine.cores} cores: unset OMP_NUM_THREADS, or set it to ${machine.cores}`,
      );
    }
    if (torch.threads > machine.cores) {
      warnings.push(
        `libtorch uses ${torch.threads} threads on ${machine.cores} cores, which slows it down: unset OMP_NUM_THREADS`,
      );
    }
    if (gpus.length > 0 && torch.cudaDevices === 0) {
      warnings.push(
        'there is a GPU, but this libtorch cannot use it: rm -rf .arpent/venv && npm run setup -- --again',
      );
    }
  }
  if (!isMissing(gdal) && gdal.absentDrivers.includes('JP2OpenJPEG')) {
    warnings.push('GDAL cannot read JPEG 2000 (BD ORTHO): build the binding against a GDAL with OpenJPEG');
  }
  if (machine.features.length > 0 && !machine.features.some((name) => /AVX2|AVX512|NEON/.test(name))) {
    warnings.push('the processor has no AVX2: everything works, slowly');
  }
  if (machine.memory.available < 4 * gibibyte) {
    warnings.push(
      `only ${(machine.memory.available / gibibyte).toFixed(1)} GiB of memory are free: use a small --batch and --tile`,
    );
  }
  if (machine.disk.free < 5 * gibibyte) {
    warnings.push(
      `only ${(machine.disk.free / gibibyte).toFixed(1)} GiB are free on the disk of ${machine.disk.folder}`,
    );
  }
  return warnings;
}
