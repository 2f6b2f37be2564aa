/** One class of the nomenclature; its position in the list is its index. */
export interface ClassConfig {
  readonly name: string;
  /** `#rrggbb`, lower case. */
  readonly color: string;
  /** Weight in the loss; 0 disables the class in the loss and leaves it out of averaged metrics. */
  readonly weight: number;
}

/** The network and the weights it starts from. */
export interface ModelConfig {
  readonly architecture: ArchitectureConfig;
  /** Number of bands of the input. */
  readonly channels: number;
  /** Number of logits. */
  readonly classes: number;
}

export type ArchitectureConfig =
  /** A decoder over an encoder, by the names of `segmentation_models_pytorch` (`unet`, `resnet34`). */
  | {
      readonly kind: 'encoder-decoder';
      readonly decoder: string;
      readonly encoder: string;
      /** Weights the encoder starts from: `imagenet` or a file; `null` where they are random or a checkpoint brings them. */
      readonly encoderWeights: string | null;
    }
  /**
   * A whole network by its Hugging Face name (`openmmlab/upernet-swin-small`) or mmsegmentation's
   * (`upernet_internimage_l`). A fresh training starts from its published weights unless `start` says otherwise.
   */
  | { readonly kind: 'huggingface'; readonly model: string; readonly start?: 'random' };

/** What is done to pixel values before the network sees them. */
export type NormalizationConfig =
  /** (x − mean) / standard deviation, band by band, in the units of the pixels; in the order of `channels`. */
  | { readonly kind: 'custom'; readonly means: readonly number[]; readonly stds: readonly number[] }
  /** The same with the mean and deviation of each image's Sentinel-2 patch, from a file; means and stds where it has none. */
  | {
      readonly kind: 'sentinel';
      readonly file: string;
      readonly means: readonly number[];
      readonly stds: readonly number[];
    }
  /** Integers are divided by the largest value of their type; floats stay. */
  | { readonly kind: 'scaling' }
  | { readonly kind: 'without' };
