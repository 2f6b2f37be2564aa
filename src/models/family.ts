import type { PublishedWeights } from './catalog.ts';
import type { SegmentationNetwork } from './network.ts';
import type { ParityReference } from './parity/case.ts';
import type { SmpOptions } from './smp/options.ts';

/** What a person asks a network with: a name (or encoder and decoder), the input and output, and family options. */
export interface ModelOptions extends SmpOptions {
  /** `ENCODER_DECODER` (`resnet34_unet`) or a published name (`nvidia/mit-b0`). */
  readonly name?: string;
  /** Encoder by its `segmentation_models_pytorch` name, with {@link decoder} in place of a name. */
  readonly encoder?: string;
  /** Decoder by its `segmentation_models_pytorch` name. */
  readonly decoder?: string;
  /** Bands of the input; 3 if left out. */
  readonly inChannels?: number;
  /** Number of logits per pixel. */
  readonly classes: number;
}

/** A family of networks that come from one reference library. */
export interface ModelFamily {
  readonly name: string;
  /**
   * Builds the network that is asked for, or returns null when the name belongs to another family.
   *
   * A name that is clearly of this family but misspelt throws, with the nearest names.
   */
  create(options: ModelOptions): SegmentationNetwork | null;
  /** Names that {@link create} knows. */
  names(): string[];
  /** Published weights of a network it knows, or of its encoder; the default ones first. */
  weights(name: string): readonly PublishedWeights[];
  /** Builds the network of a parity case (`case.json`'s `reference`), or null when it comes from another library. */
  fromReference(reference: ParityReference): SegmentationNetwork | null;
}
