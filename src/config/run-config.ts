import type { AugmentationConfig } from './augmentation-config.ts';
import type { LossConfig, OptimizerConfig, SchedulerConfig } from './learning-config.ts';
import type { ClassConfig, ModelConfig, NormalizationConfig } from './model-config.ts';

/**
 * Everything one run (train, predict, metrics) needs, fully resolved: no key is missing, every path is absolute.
 *
 * `arpent.yaml`, IGN's `flair` YAML and the YAML of IGN's older `legacy-torch` branch all become this one shape, so that
 * data, training, inference and evaluation know nothing about files and key names. It is plain data (JSON round trip).
 */
export interface RunConfig {
  /** Where this configuration came from. */
  readonly source: ConfigSource;
  /** Name of the run; part of folder, checkpoint and prediction names in IGN's layout. */
  readonly name: string;
  /** Seed of every random choice. */
  readonly seed: number;
  /** `ign` asks for IGN's behaviour to the digit, quirks included; `none` for the corrected one. */
  readonly compat: Compat;
  readonly tasks: TaskConfig;
  readonly data: DataConfig;
  readonly normalization: NormalizationConfig;
  readonly augmentation: AugmentationConfig;
  /** Acquisition metadata fed to the network beside the image; `null` when unused. */
  readonly metadata: MetadataConfig | null;
  /** Classes by index: `classes[i]` is what logit `i` means. */
  readonly classes: readonly ClassConfig[];
  readonly model: ModelConfig;
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly scheduler: SchedulerConfig;
  readonly training: TrainingConfig;
  readonly checkpoints: CheckpointConfig;
  readonly hardware: HardwareConfig;
  readonly outputs: OutputConfig;
  readonly logging: LoggingConfig;
  readonly map: MapOptions;
}

export type Compat = 'none' | 'ign';

/** The YAML file a configuration was read from. */
export interface ConfigSource {
  /** Absolute path, or `null` when the text did not come from a file. */
  readonly file: string | null;
  readonly format: 'arpent' | 'flair' | 'flair-legacy' | 'flair-detect';
}

/** What the run does, in this order. */
export interface TaskConfig {
  readonly train: boolean;
  readonly predict: boolean;
  /** Scores the predictions of the test list. */
  readonly metrics: boolean;
  /** Removes the predictions once they are scored. */
  readonly deletePredictions: boolean;
  /** How training starts. `weights` loads what fits and lists the rest; `resume` goes on exactly where it stopped. */
  readonly start:
    | { readonly kind: 'fresh' }
    | { readonly kind: 'weights'; readonly checkpoint: string }
    | { readonly kind: 'resume'; readonly checkpoint: string };
  /** Checkpoint that predicts; `null` means the best one of this run. */
  readonly predictCheckpoint: string | null;
}

/** Patch lists and how to read them. */
export interface DataConfig {
  /** CSV of image and mask paths; `null` when the tasks need none. */
  readonly train: string | null;
  readonly validation: string | null;
  readonly test: string | null;
  /** Folders to walk instead of CSV lists (IGN's `legacy-torch` layout); `null` where lists are used. */
  readonly folders: FolderConfig | null;
  /**
   * Replaces the prefix of the paths in the CSV files: the longest tail of a path that exists below `root` is the file.
   * `null` takes the paths as they are, relative to `relativeTo`.
   */
  readonly root: string | null;
  /** Folder that relative paths of the CSV files start from; `null` means the folder of each CSV file. */
  readonly relativeTo: string | null;
  /** 1-based raster bands, in the order the network sees them. */
  readonly channels: readonly number[];
  readonly masks: MaskConfig;
  /** Unreadable images are counted and left out instead of ending the run. */
  readonly skipBad: boolean;
  /** Parallel readers. */
  readonly workers: number;
}

/**
 * Image and mask folders laid out by domain (`<folder>/<domain>/<zone>/img/IMG_000001.tif`, `…/msk/MSK_000001.tif`);
 * images and masks are paired by their number.
 */
export interface FolderConfig {
  readonly trainImages: string;
  readonly trainMasks: string;
  readonly testImages: string;
  readonly testMasks: string;
  /** Fraction of the shuffled domains (first-level folders) that validates instead of training. */
  readonly validationShare: number;
}

/** Red, green and blue, each 0–255. */
export type RgbColor = readonly [red: number, green: number, blue: number];

/** How mask pixels name classes. */
export interface MaskConfig {
  readonly encoding: /** Pixel value − 1 is the class index (0 is unknown). */
    | { readonly kind: 'one-based' }
    /** Pixel value is the class index. */
    | { readonly kind: 'zero-based' }
    /** `values[i]` lists the pixel values of class `i` (several values may share a class). */
    | { readonly kind: 'values'; readonly values: readonly (readonly number[])[] }
    /** `colors[i]` is the red, green, blue of class `i`, in an RGB or a palette image; `ignored` belong to no class. */
    | {
        readonly kind: 'colors';
        readonly colors: readonly RgbColor[];
        readonly ignored: readonly RgbColor[];
      };
  /** Raw pixel values (before any shift) that neither train nor score; they become index 255. */
  readonly ignoreValues: readonly number[];
  /** What a value outside the classes does: ends the run, counts as ignored, or (IGN's slip) trains class 0. */
  readonly unknown: 'error' | 'ignore' | 'first-class';
}

/** Acquisition metadata (position, altitude, camera, date, time) of each patch. */
export interface MetadataConfig {
  /** JSON file keyed by patch name. */
  readonly file: string;
  /** `ign` keeps the constant month term and the year limit of IGN's encoder; `fixed` mends both. */
  readonly encoding: 'ign' | 'fixed';
}

/** The epoch loop. */
export interface TrainingConfig extends TuningConfig {
  readonly epochs: number;
  /** Patches per step. */
  readonly batchSize: number;
  /** Times each patch is drawn in an epoch. */
  readonly repeat: number;
  /** Leaves out the last, smaller batch of an epoch. */
  readonly dropLast: { readonly train: boolean; readonly validation: boolean };
  /** Largest gradient norm; `null` does not clip. */
  readonly gradientClip: number | null;
  /** Stops after `patience` epochs in which the monitored value did not get better by more than `minDelta`. */
  readonly earlyStopping: { readonly patience: number; readonly minDelta: number } | null;
}

/** Ways of training that are off unless they are asked for. */
export interface TuningConfig {
  /** Runs the blocks of the encoder again for their gradients instead of keeping their activations. */
  readonly gradientCheckpointing: boolean;
  /** The first stages of the encoder (1 to 4), or all, keep their weights for some epochs; `null` epochs: to the end. */
  readonly freezeEncoder: { readonly stages: number | 'all'; readonly epochs: number | null } | null;
  /** The rate of layer `i` of `n` is the rate of the head times factor^(n − i); layers are encoder blocks or stages. */
  readonly layerDecay: { readonly factor: number; readonly by: 'block' | 'stage' } | null;
  /** Exponential moving average of the weights, for validation and checkpoints. */
  readonly weightAverage: { readonly decay: number; readonly warmUp: boolean } | null;
}

/** What is saved while training. The monitored value also drives early stopping. */
export interface CheckpointConfig {
  /** Logged value to watch: `val_loss`, `train_loss`, `val_miou`, `val_iou_<class>`, … */
  readonly monitor: string;
  readonly mode: 'min' | 'max';
  /** Also keeps the last epoch. */
  readonly saveLast: boolean;
  /** Saves weights without optimiser state: smaller, but training cannot resume. */
  readonly weightsOnly: boolean;
  /** Says so whenever a checkpoint is written. */
  readonly verbose: boolean;
  /** `ign`: `ckpt-epoch=05-val_loss=0.55_NAME.ckpt`; `plain`: `best.ckpt`. */
  readonly naming: 'ign' | 'plain';
}

/** Where and how numbers are computed. */
export interface HardwareConfig {
  /** `auto` takes CUDA where there is one. */
  readonly device: 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;
  /** Processes (one GPU each) per machine; `all` takes every GPU. */
  readonly devices: number | 'all';
  /** Machines. */
  readonly nodes: number;
  /** Distribution strategy as IGN names it (`auto`, `ddp`, …). */
  readonly strategy: string;
  /** CPU threads of the network; `null` takes every core. */
  readonly threads: number | null;
  readonly precision: 'fp32' | 'bf16' | 'fp16';
  readonly channelsLast: boolean;
}

/** Every place a run writes to (absolute). */
export interface OutputConfig {
  /** Folder of the run. */
  readonly folder: string;
  readonly checkpoints: string;
  readonly tensorboard: string;
  readonly predictions: string;
  readonly metrics: string;
  /** Copies of the CSV files and of the configuration; `null` copies nothing. */
  readonly inputs: string | null;
  /** Text log of the run. */
  readonly log: string;
  /** Predictions carry the georeference of their image. */
  readonly georeferenced: boolean;
  /** Replaces what an earlier run left. */
  readonly overwrite: boolean;
}

/** What the run says while it works. */
export interface LoggingConfig {
  readonly progressBar: boolean;
  /** Steps between two updates of the progress bar. */
  readonly progressRate: number;
}

/** How whole rasters are mapped with the network of this run (`arpent map`). */
export interface MapOptions {
  /** Side of the square the network sees, in pixels; `null` chooses it for the raster. */
  readonly tile: number | null;
  /** Border of each square that is seen but not written, in pixels; `null` chooses it for the square. */
  readonly margin: number | null;
  /** `argmax`: one band of class indices; `class_prob`: one band of probability (0–255) per class. */
  readonly outputType: 'argmax' | 'class_prob';
  readonly batchSize: number;
  readonly workers: number;
  /** Memory the mapping may use, in bytes; `null` chooses from the raster's width. */
  readonly memory: number | null;
  /** Also writes the tiles as a GeoPackage. */
  readonly writeTiles: boolean;
}
