import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Dropout, Linear, Module, ReLU, Sequential } from '../../nn/index.ts';
import { SegmentationNetwork } from '../network.ts';
import type { EncoderDecoderNetwork } from '../smp/network.ts';

/** Numbers that describe how a patch was taken. */
const INPUT = 45;

/** Numbers that reach the features. */
const OUTPUT = 16;

const DROPOUT = 0.4;

/** The small network over acquisition metadata: `[N, 45]` → `[N, 16]`. */
export class MetadataEncoder extends Module {
  enc_mlp: Sequential;

  constructor() {
    super();
    const layer = (from: number, to: number) => [new Linear(from, to), new Dropout(DROPOUT), new ReLU()];
    this.enc_mlp = new Sequential(...layer(INPUT, 64), ...layer(64, 32), ...layer(32, OUTPUT));
  }

  forward(vectors: Tensor): Tensor {
    return this.enc_mlp.forward(vectors);
  }
}

/**
 * A segmentation network that also learns from how its images were taken (FLAIR's metadata fusion).
 *
 * The 16 numbers of the metadata encoder are added to the deepest feature map: number `r` to row `r` of every channel,
 * in every column. IGN's code can do that for maps of 16 rows only (512-pixel patches); for other sizes the column of 16
 * is resized bilinearly (half-pixel centres) to the rows there are, which changes nothing at 16.
 *
 * Checkpoint names are `seg_model.…` and `enc.enc_mlp.{0,3,6}.…`, IGN's without Lightning's `model.`.
 */
export class MetadataNetwork extends SegmentationNetwork {
  seg_model: EncoderDecoderNetwork;
  enc: MetadataEncoder;

  constructor(network: EncoderDecoderNetwork) {
    const { modelName, inChannels, classes, inputDivisor } = network;
    super({ modelName: `${modelName} with metadata`, inChannels, classes, inputDivisor });
    this.seg_model = network;
    this.enc = new MetadataEncoder();
  }

  override get encoderPath(): string {
    return `seg_model.${this.seg_model.encoderPath}`;
  }

  /** Without metadata: what the segmentation network alone answers, as IGN's `flair-detect` runs such checkpoints. */
  override forward(images: Tensor): Tensor {
    return this.seg_model.forward(images);
  }

  /**
   * @param images `[N, C, H, W]`
   * @param vectors encoded metadata `[N, 45]`
   * @returns logits `[N, classes, H, W]`
   */
  forwardWithMetadata(images: Tensor, vectors: Tensor): Tensor {
    const { encoder, decoder, segmentation_head: head } = this.seg_model;
    this.checkInput(images);
    return scope(() => {
      const features = encoder.forward(images);
      const deepest = features.at(-1)!;
      const column = ops.reshape(this.enc.forward(vectors), [-1, 1, OUTPUT, 1]);
      const rows = deepest.size(2);
      const fitted =
        rows === OUTPUT ? column : ops.interpolate(column, { size: [rows, 1], mode: 'bilinear' });
      const fused = ops.add(deepest, fitted);
      return head.forward(decoder.forward([...features.slice(0, -1), fused]));
    });
  }
}

/** Whether a network takes metadata beside its images. */
export function takesMetadata(network: SegmentationNetwork): network is MetadataNetwork {
  return network instanceof MetadataNetwork;
}
