import type { MaskConfig } from '../../config/index.ts';
import { maskDecoder, normalizer, type Patch, readAhead, readPatch } from '../../data/index.ts';
import { ConfusionMatrix, strictScores } from '../../evaluation/index.ts';
import {
  type NetworkDescription,
  OnnxPredictor,
  type OnnxProvider,
  padTile,
  readOnnxCard,
  TorchPredictor,
} from '../../inference/index.ts';
import type { SegmentationNetwork } from '../../models/index.ts';

/** How a model file compares with its network on real images. */
export interface PatchComparison {
  readonly patches: number;
  /** Largest difference of any score; null for files that give classes. */
  readonly difference: number | null;
  /** The same as a part of the largest score. */
  readonly relative: number | null;
  /** Part of the pixels that get the same class. */
  readonly agreement: number;
  /** Mean IoU of the network and of the file; null where the images have no masks. */
  readonly meanIou: { readonly network: number; readonly file: number } | null;
}

/** What a comparison needs besides the network and the file. */
export interface ComparePatchesOptions {
  readonly patches: readonly Patch[];
  /** How masks stand for classes; null compares without them. */
  readonly masks: MaskConfig | null;
  readonly provider?: OnnxProvider;
  readonly onProgress?: (done: number, total: number) => void;
}

function argmax(scores: Float32Array, classes: number): Uint8Array {
  const area = scores.length / classes;
  const best = new Uint8Array(area);
  for (let k = 1; k < classes; k++)
    for (let i = 0; i < area; i++) if (scores[k * area + i]! > scores[best[i]! * area + i]!) best[i] = k;
  return best;
}

/** Predicts images with libtorch and with ONNX Runtime, and compares what they say. The network is not disposed of. */
export async function comparePatches(
  network: SegmentationNetwork,
  description: NetworkDescription,
  file: string,
  { patches, masks, provider = 'cpu', onProgress }: ComparePatchesOptions,
): Promise<PatchComparison> {
  const { channels, classes, normalization } = description;
  const { answer, side } = readOnnxCard(file);
  const torch = new TorchPredictor(network, {
    normalizer: normalizer(normalization, channels.length),
    ...{ device: 'cpu', precision: 'fp32', fold: false },
  });
  const onnx = new OnnxPredictor(file, { provider, description });
  const decodeMask = masks === null ? null : maskDecoder(masks, classes.length);
  const maskColors = masks?.encoding.kind === 'colors';
  const [byNetwork, byFile] = [new ConfusionMatrix(classes.length), new ConfusionMatrix(classes.length)];
  let [difference, largest, same, pixels, counted, done] = [0, 0, 0, 0, 0, 0];
  try {
    // A file for one size sees the middle of larger images.
    const crop = side ?? null;
    const read = (patch: Patch) => readPatch(patch, { channels, decodeMask, maskColors, crop });
    for await (const sample of readAhead(patches, read, 2)) {
      const { width, height, image, dataType, patch, mask } = sample;
      const tile = { pixels: image, dataType, width, height, image: patch.image };
      const padded = padTile(tile, channels.length, onnx.divisor);
      const core = [{ x: 0, y: 0, width, height }];
      const kind = answer === 'probabilities' ? 'probabilities' : 'logits';
      const [expected] = await torch.predict([padded], kind, core);
      const truth = argmax(expected!, classes.length);
      let labels: Uint8Array;
      if (answer === 'classes') [labels] = (await onnx.predict([padded], 'classes', core)) as [Uint8Array];
      else {
        const [found] = await onnx.predict([padded], kind, core);
        for (let i = 0; i < found!.length; i++) {
          difference = Math.max(difference, Math.abs(found![i]! - expected![i]!));
          largest = Math.max(largest, Math.abs(expected![i]!));
        }
        labels = argmax(found!, classes.length);
      }
      for (let i = 0; i < truth.length; i++) if (truth[i] === labels[i]) same++;
      pixels += truth.length;
      if (mask !== null) {
        byNetwork.accumulate(mask, truth);
        byFile.accumulate(mask, labels);
        counted++;
      }
      onProgress?.(++done, patches.length);
    }
  } finally {
    onnx.dispose();
  }
  const iou = (matrix: ConfusionMatrix) => strictScores(matrix, classes).miou;
  return {
    patches: patches.length,
    difference: answer === 'classes' ? null : difference,
    relative: answer === 'classes' ? null : difference / largest,
    agreement: same / pixels,
    meanIou: counted === 0 ? null : { network: iou(byNetwork), file: iou(byFile) },
  };
}
