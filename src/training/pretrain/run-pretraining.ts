import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type NormalizationConfig, RANDOM_FLIPS } from '../../config/index.ts';
import { OutputExistsError } from '../../core/index.ts';
import { disposeBatch, normalizer, type Patch, PatchLoader } from '../../data/index.ts';
import { manualSeed, scope } from '../../engine/index.ts';
import { writeOutput } from '../../evaluation/index.ts';
import {
  createModel,
  EncoderDecoderNetwork,
  loadEncoderWeights,
  loadPretrainedWeights,
  modelNames,
  type PublishedReport,
  type SegmentationNetwork,
} from '../../models/index.ts';
import { AdamW, Cosine, GradScaler } from '../../nn/index.ts';
import { writeSafetensors } from '../../weights/index.ts';
import { loadCheckpoint, type TrainingState, writeCheckpoint } from '../checkpoint.ts';
import { ResumeError } from '../errors.ts';
import type { ComputeOptions } from '../forward.ts';
import { CsvLogger } from '../loggers/csv-logger.ts';
import { type EpochLog, Monitor } from '../monitor.ts';
import { readImageList } from './image-list.ts';
import { MaskedImageModel } from './masked-image-model.ts';
import type { MaskingOptions } from './masking.ts';
import { type PretrainEvent, type PretrainResult, pretrainEncoder } from './pretrain.ts';
import { reconstruct } from './pretrain-step.ts';
import { reconstructionPicture } from './reconstruction-picture.ts';

/** A pre-training in full. */
export interface PretrainSettings {
  /** CSV list of images, or a folder. */
  readonly images: string;
  /** Folder for `encoder.safetensors`, `reconstructions.png`, `metrics.csv` and `last.ckpt`. */
  readonly output: string;
  /** An encoder (`resnet34`), or a network whose encoder is meant (`nvidia/mit-b0`, `upernet_swin_tiny`). */
  readonly network: string;
  /** Published weights to begin with (`imagenet`, `published`), a file or folder; null for random ones. */
  readonly start: string | null;
  /** 1-based bands. */
  readonly channels: readonly number[];
  readonly normalization: NormalizationConfig;
  readonly masking: MaskingOptions;
  /** Side of the random squares that are cut out of images, in pixels; null takes images whole. */
  readonly crop: number | null;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Epochs in which the rate rises from zero. */
  readonly warmup: number;
  readonly gradientClip: number | null;
  readonly seed: number;
  readonly workers: number;
  readonly skipBad: boolean;
  readonly overwrite: boolean;
  /** Goes on from `last.ckpt` in the output folder. */
  readonly resume: boolean;
}

/** What a pre-training tells: that weights were loaded, then its steps and epochs. */
export type PretrainRunEvent =
  | PretrainEvent
  | { readonly kind: 'images'; readonly count: number }
  | { readonly kind: 'start'; readonly report: PublishedReport };

/** Where a pre-training leaves things. */
export interface PretrainRunResult extends PretrainResult {
  /** The encoder's weights, under the names of its segmentation network. */
  readonly encoder: string;
  /** Images, what was hidden, and what the encoder makes of it. */
  readonly figure: string;
}

const FIGURE_ROWS = 4;

function buildWithEncoder(name: string, inChannels: number): SegmentationNetwork {
  // A name that nobody knows is taken for an encoder's, whose message lists the nearest ones.
  const isNetwork = /[/\\]|upernet|mask2former/.test(name) || modelNames().includes(name);
  return createModel({
    ...(isNetwork ? { name } : { encoder: name, decoder: 'unet' }),
    inChannels,
    classes: 2,
  });
}

function loadStart(network: SegmentationNetwork, name: string, start: string): Promise<PublishedReport> {
  if (network instanceof EncoderDecoderNetwork) {
    return loadEncoderWeights(network, network.modelName.replace(/_[^_]+$/, ''), start);
  }
  return loadPretrainedWeights(network, start === 'published' ? name : start);
}

const multipleOf = (a: number, b: number): number => {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a * b) / divisor(a, b);
};

function imageLoader(settings: PretrainSettings, patches: readonly Patch[], divisor: number): PatchLoader {
  const { channels, normalization, crop, batchSize, seed, workers, skipBad } = settings;
  return new PatchLoader(patches, {
    ...{ channels, crop, seed, workers, skipBad, divisor },
    batchSize: Math.min(batchSize, patches.length),
    normalizer: normalizer(normalization, channels.length),
    decodeMask: null,
    augmentation: RANDOM_FLIPS,
    shuffle: true,
    dropLast: true,
  });
}

/** The part of the settings that a checkpoint must share to go on from it. */
function describe({ network, channels, masking, crop }: PretrainSettings) {
  return { pretraining: { network, channels, masking, crop } };
}

function resumeFrom(path: string, model: MaskedImageModel, settings: PretrainSettings): TrainingState {
  const remedy = 'resume with the settings of the first run, or start anew in another folder';
  if (!existsSync(path)) {
    throw new ResumeError('there is nothing to resume: the folder holds no last.ckpt', {
      file: path,
      remedy,
    });
  }
  const { stateDict, description, training } = loadCheckpoint(path);
  if (training === null || JSON.stringify(description) !== JSON.stringify(describe(settings))) {
    throw new ResumeError('this checkpoint is of another pre-training', { file: path, remedy });
  }
  model.loadStateDict(stateDict);
  return training;
}

/**
 * Pre-trains an encoder on images without labels and writes its weights, which then start a segmentation network
 * (`model.weights` or `model.encoder_weights` of a configuration).
 *
 * @throws PatchListError, OutputExistsError, ResumeError, DivergedError, UnknownModelError, HubError
 */
export async function runPretraining(
  settings: PretrainSettings,
  compute: ComputeOptions,
  onEvent: (event: PretrainRunEvent) => void = () => {},
  signal?: AbortSignal,
): Promise<PretrainRunResult> {
  const { output, network: name, start, channels, masking, epochs, seed, resume } = settings;
  const at = (file: string) => join(output, file);
  const [encoder, figure, last] = [at('encoder.safetensors'), at('reconstructions.png'), at('last.ckpt')];
  const taken = [encoder, last].find((path) => existsSync(path));
  if (taken !== undefined && !settings.overwrite && !resume) throw new OutputExistsError(taken);
  const patches = await readImageList(settings.images);
  onEvent({ kind: 'images', count: patches.length });
  manualSeed(seed);
  const network = buildWithEncoder(name, channels.length);
  if (start !== null && !resume) {
    onEvent({ kind: 'start', report: await loadStart(network, name, start) });
  }
  const model = new MaskedImageModel(network);
  const images = imageLoader(settings, patches, multipleOf(model.stride, masking.patch));
  const state = resume ? resumeFrom(last, model, settings) : null;
  const { device, channelsLast } = compute;
  model.to({ device, ...(channelsLast ? { memoryFormat: 'channels_last' as const } : {}) });
  const optimizer = new AdamW(model.parameters(), {
    lr: settings.learningRate,
    betas: [0.9, 0.999],
    weightDecay: settings.weightDecay,
  });
  const stepsPerEpoch = images.batchCount();
  const schedule = new Cosine(optimizer, {
    total: epochs * stepsPerEpoch,
    warmUp: Math.round(settings.warmup * stepsPerEpoch),
    minLr: 0,
  });
  const scaler = compute.precision === 'fp16' ? new GradScaler({ device }) : null;
  mkdirSync(output, { recursive: true });
  const logger = new CsvLogger(at('metrics.csv'), resume);
  const save = (training: TrainingState, log: EpochLog | null) => {
    writeCheckpoint(last, model, describe(settings), training, { position: training.position });
    if (log === null) return;
    const facts = { ...describe(settings).pretraining, epoch: training.position.epoch, ...log };
    const metadata = { format: 'pt', arpent: JSON.stringify(facts) };
    writeSafetensors(encoder, model.encoderState(), metadata, { overwrite: true });
  };
  const parts = { model, optimizer, scaler, masking, seed, compute, gradientClip: settings.gradientClip };
  try {
    const result = await pretrainEncoder({
      ...parts,
      ...{ images, schedule, epochs, save, signal, resume: state },
      monitor: new Monitor({ monitor: 'train_loss', mode: 'min', patience: null, minDelta: 0 }),
      onEvent: (event) => {
        if (event.kind === 'epoch') logger.handle(event);
        onEvent(event);
      },
    });
    const shown = { ...settings, batchSize: FIGURE_ROWS };
    const some = imageLoader(shown, patches, multipleOf(model.stride, masking.patch));
    for await (const batch of some.batches()) {
      const picture = scope(() => reconstructionPicture(reconstruct(parts, batch.images)));
      disposeBatch(batch);
      await writeOutput(figure, picture, { overwrite: true });
      break;
    }
    return { ...result, encoder, figure };
  } finally {
    optimizer.dispose();
    scaler?.dispose();
    model.dispose();
  }
}
