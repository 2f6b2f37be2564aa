import { inferenceMode, ops, scope, tensor } from '../engine/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import type { ExportedOutput } from './export-model.ts';

/**
 * What libtorch answers where an exported graph takes the same images: at the images' size, as logits, probabilities or
 * class numbers.
 * @param images normalised, `[N, C, H, W]`
 */
export function referenceAnswer(
  network: SegmentationNetwork,
  images: Float32Array,
  shape: readonly number[],
  output: ExportedOutput,
): Float32Array {
  return inferenceMode(() =>
    scope(() => {
      const scores = network.forward(tensor(images, shape));
      const [height, width] = shape.slice(2) as [number, number];
      const full =
        scores.size(2) === height && scores.size(3) === width
          ? scores
          : ops.interpolate(scores, { size: [height, width], mode: 'bilinear' });
      if (output === 'logits') return full.toFloat32();
      if (output === 'probabilities') return ops.softmax(full, 1).toFloat32();
      return ops.argmax(full, 1).to({ dtype: 'float32' }).toFloat32();
    }),
  );
}
