import { allocateCells, dataTypeOf, type PixelArray } from '../pixel-block.ts';

/** Planar `[samples, cells]` to pixel-interleaved `[cells, samples]`. */
export function interleave(planar: PixelArray, samples: number): PixelArray {
  const cells = planar.length / samples;
  const interleaved = allocateCells(dataTypeOf(planar), planar.length);
  for (let sample = 0; sample < samples; sample++) {
    const plane = planar.subarray(sample * cells, (sample + 1) * cells);
    for (let cell = 0, at = sample; cell < cells; cell++, at += samples) interleaved[at] = plane[cell]!;
  }
  return interleaved;
}

/** The inverse of {@link interleave}. */
export function deinterleave(interleaved: PixelArray, samples: number): PixelArray {
  const cells = interleaved.length / samples;
  const planar = allocateCells(dataTypeOf(interleaved), interleaved.length);
  for (let sample = 0; sample < samples; sample++) {
    const plane = planar.subarray(sample * cells, (sample + 1) * cells);
    for (let cell = 0, at = sample; cell < cells; cell++, at += samples) plane[cell] = interleaved[at]!;
  }
  return planar;
}

/**
 * Replace whole numbers, in place, by their differences to the cell on their left (TIFF predictor 2), which compress
 * better where values change slowly.
 *
 * @param rowLength numbers in a row, all samples of all its cells.
 */
export function takeDifferences(cells: PixelArray, rowLength: number, samples: number): void {
  for (let row = 0; row < cells.length; row += rowLength) {
    for (let at = row + rowLength - 1; at >= row + samples; at--)
      cells[at] = cells[at]! - cells[at - samples]!;
  }
}

/** The inverse of {@link takeDifferences}. */
export function sumDifferences(cells: PixelArray, rowLength: number, samples: number): void {
  for (let row = 0; row < cells.length; row += rowLength) {
    for (let at = row + samples; at < row + rowLength; at++) cells[at] = cells[at]! + cells[at - samples]!;
  }
}
