import { type Tensor, tensor } from '../../engine/index.ts';

const TEMPERATURE = 10000;
/** Keeps the division by the map's size defined; part of the published formula. */
const EPSILON = 1e-6;

/**
 * Sine position encoding of a map, coordinates normalised to (0, 2π]: the first half of the features encodes the row,
 * the second half the column; each alternates sine and cosine over geometric frequencies.
 *
 * Computed in float32 steps as the references do, so that deep networks agree to the last digits.
 *
 * @param features number of features in all, a multiple of four
 * @returns `[height·width, features]`
 * @see Carion et al., "End-to-end object detection with transformers" (DETR), 2020
 */
export function sinePositionEncoding(height: number, width: number, features: number): Tensor {
  const half = features / 2;
  const rows = axisEncoding(height, half);
  const columns = axisEncoding(width, half);
  const encoding = new Float32Array(height * width * features);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const start = (row * width + column) * features;
      encoding.set(rows.subarray(row * half, (row + 1) * half), start);
      encoding.set(columns.subarray(column * half, (column + 1) * half), start + half);
    }
  }
  return tensor(encoding, [height * width, features]);
}

function axisEncoding(length: number, features: number): Float32Array {
  const { fround } = Math;
  const encoding = new Float32Array(length * features);
  for (let place = 0; place < length; place++) {
    const angle = fround(fround((place + 1) / fround(length + EPSILON)) * fround(2 * Math.PI));
    for (let feature = 0; feature < features; feature++) {
      const period = fround(TEMPERATURE ** fround((2 * Math.floor(feature / 2)) / features));
      const phase = fround(angle / period);
      encoding[place * features + feature] = feature % 2 === 0 ? Math.sin(phase) : Math.cos(phase);
    }
  }
  return encoding;
}
