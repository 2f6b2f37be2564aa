import { ArpentError } from '../../core/index.ts';
import { openRaster, type Pixels } from '../../raster/index.ts';
import type { SubmissionFault } from './check-submission.ts';
import { predictionPath } from './write-flair.ts';

/** What FLAIR's challenges want of a prediction. */
export interface FlairExpectation {
  /** Names of the predictions, `PRED_IMG_062871.tif`, or as the challenges want them, `PRED_062871.tif`. */
  readonly names: readonly string[];
  /** Side of a patch. Default 512. */
  readonly size?: Pixels;
  /** Values are 0 to this minus 1. Default 13. */
  readonly classes?: number;
}

/**
 * Holds a folder against FLAIR's form of submission: one raster a patch, one band of uint8, class indexes only. Reports,
 * never throws for what is in the folder.
 */
export async function checkFlairSubmission(
  folder: string,
  { names, size = 512, classes = 13 }: FlairExpectation,
): Promise<SubmissionFault[]> {
  const faults: SubmissionFault[] = [];
  const fault = (id: string, problem: string) => faults.push({ line: null, id, problem });
  for (const name of names) {
    const path = predictionPath(folder, name);
    if (path === null) {
      fault(name, 'is missing');
      continue;
    }
    try {
      await using raster = await openRaster(path, { skipCrs: true });
      const { width, height, bandCount, dataType } = raster;
      if (width !== size || height !== size)
        fault(name, `is ${width} × ${height} pixels, not ${size} × ${size}`);
      if (bandCount !== 1 || dataType !== 'uint8') {
        fault(name, `has ${bandCount} bands of ${dataType}, not one of uint8`);
        continue;
      }
      const outside = [...new Set((await raster.read()).data)].filter((value) => value >= classes);
      if (outside.length > 0)
        fault(name, `holds ${outside.sort((a, b) => a - b).join(', ')}, beyond ${classes - 1}`);
    } catch (error) {
      if (!(error instanceof ArpentError)) throw error;
      fault(name, error.problem);
    }
  }
  return faults;
}
