import type { ClassConfig, ModelConfig, NormalizationConfig } from '../config/index.ts';
import { ExportOptionError } from './errors.ts';
import type { ExportedOutput } from './export-model.ts';
import type { ImageScaling } from './scaling.ts';

/** What a trained network is and how it sees images, as files of ours say it. */
export interface ExportedDescription {
  readonly model: ModelConfig;
  /** 1-based bands it was trained on. */
  readonly channels: readonly number[];
  readonly normalization: NormalizationConfig;
  readonly classes: readonly ClassConfig[];
}

/** Everything that a file says of itself besides its graph. */
export interface FileFacts {
  readonly name: string;
  readonly description: ExportedDescription;
  readonly output: ExportedOutput;
  readonly precision: 'fp32' | 'fp16' | 'int8';
  /** The graph normalises images: it takes pixels divided by {@link pixelRange}. */
  readonly normalizes: boolean;
  /** Largest pixel value of the images it was trained on; null: that of whatever type they have. */
  readonly pixelRange: number | null;
  readonly divisor: number;
  /** Side of the images; null when open. */
  readonly side: number | null;
  readonly batch: number | 'dynamic';
  /** Centimetres on the ground for each pixel; null when nobody said. */
  readonly resolution: number | null;
  /** Part of each tile that the next one sees too, in percent. */
  readonly overlap: number;
  /** Probabilities below it count for nothing; 0 keeps them all. */
  readonly threshold: number;
  /** Size in pixels of what hosts smooth away; 0 leaves the map as it is. */
  readonly smallSegment: number;
  /** How and on what the network was trained, as plain data. */
  readonly training: Readonly<Record<string, unknown>> | null;
  readonly parameters: number;
  readonly version: string;
}

/**
 * A normalisation as arithmetic on pixels that were divided by `pixelRange`; null where nothing is left to do.
 * @throws ExportOptionError for normalisations that need numbers of each image
 */
export function scalingOf(
  normalization: NormalizationConfig,
  channels: number,
  pixelRange: number | null,
): ImageScaling | null {
  switch (normalization.kind) {
    case 'custom': {
      const range = pixelRange ?? 255;
      return {
        offset: normalization.means.map((mean) => mean / range),
        factor: normalization.stds.map((deviation) => range / deviation),
      };
    }
    case 'without':
      return {
        offset: Array<number>(channels).fill(0),
        factor: Array<number>(channels).fill(pixelRange ?? 255),
      };
    case 'sentinel':
      throw new ExportOptionError('a normalisation with numbers of each image does not fit into a graph', {
        key: '--normalise',
        remedy:
          'leave --normalise out (hosts then normalise by the means of the data set), or export with --norm custom',
      });
    default:
      return null;
  }
}
