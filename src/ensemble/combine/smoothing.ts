import { z } from 'zod';
import { type Grid, openRaster, type Raster, type RasterWindow } from '../../raster/index.ts';
import { CombinationInputError, CombinationRuleError } from '../errors.ts';
import { CRF_DEFAULTS, type CrfOptions, denseCrf } from '../post/crf.ts';
import type { SieveRule } from '../post/sieve.ts';
import { asProbabilities, type Layer, type ScoreLayer } from './layers.ts';

const positive = z.number().positive();

/** `crf` of a combination's file. */
export const crfSchema = z.strictObject({
  image: z.string().min(1).optional(),
  bands: z.array(z.int().min(1)).min(1).optional(),
  iterations: z.int().min(1).optional(),
  gaussian: z.strictObject({ weight: positive, sigma: positive }).nullable().optional(),
  bilateral: z.strictObject({ weight: positive, sigma: positive, color: positive }).nullable().optional(),
  certainty: positive.max(1).optional(),
});

const sieveStep = z.strictObject({
  least: z.int().min(1),
  corners: z.boolean().optional(),
  only: z.int().min(0).max(254).optional(),
});

/** `sieve` of a combination's file: one step, or several in turn. */
export const sieveSchema = z.union([sieveStep, z.array(sieveStep).min(1)]);

/** How a combination is smoothed before classes are chosen. */
export interface CrfRule extends CrfOptions {
  /** The image that the bilateral kernel follows; a folder where the inputs are folders. */
  readonly image?: string | undefined;
  /** 1-based bands of the image. Default the first three, or all of fewer. */
  readonly bands?: readonly number[] | undefined;
  /** Probability of a given class where the rule gives classes. Default 0.8. */
  readonly certainty?: number | undefined;
}

/** One step of a sieve, or several in turn. */
export type CombinationSieve = SieveRule | readonly SieveRule[];

/** Most pixels beyond a window that its field sees. */
const WIDEST_MARGIN = 256;

/** Windows up to this side are smoothed whole. */
const SIDE = 512;

/** Classes as probabilities: the class as certain as told, the others alike. */
function certain({ data }: { readonly data: Uint8Array }, classes: number, certainty: number): Float32Array {
  const pixels = data.length;
  const rest = (1 - certainty) / (classes - 1);
  const result = new Float32Array(classes * pixels);
  for (let index = 0, i = 0; index < classes; index++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) {
      if (data[pixel]! < classes) result[i] = data[pixel] === index ? certainty : rest;
    }
  }
  return result;
}

/** The layer's probabilities, summing to 1. */
function shares({ data }: ScoreLayer, classes: number): Float32Array {
  const pixels = data.length / classes;
  const totals = new Float32Array(pixels);
  for (let i = 0; i < data.length; i++) totals[i % pixels]! += Math.max(0, data[i]! || 0);
  return Float32Array.from(data, (value, i) => (value > 0 ? value / totals[i % pixels]! : 0));
}

/** The part of planes `[classes, height, width]` of one window that another window inside it holds. */
export function cropPlanes(data: Float32Array, from: RasterWindow, to: RasterWindow): Float32Array {
  const classes = data.length / (from.width * from.height);
  const result = new Float32Array(classes * to.width * to.height);
  for (let k = 0, at = 0; k < classes; k++) {
    for (let y = 0; y < to.height; y++, at += to.width) {
      const start = (k * from.height + y + to.y - from.y) * from.width + to.x - from.x;
      result.set(data.subarray(start, start + to.width), at);
    }
  }
  return result;
}

/** Smooths windows of one raster with a dense CRF. */
export class Smoother {
  /** Windows that are smoothed at once. */
  readonly side = SIDE;
  /** Pixels around a window that are smoothed with it and then cut off. */
  readonly margin: number;
  readonly #image: Raster | null;
  readonly #rule: CrfRule;

  private constructor(rule: CrfRule, image: Raster | null) {
    this.#rule = rule;
    this.#image = image;
    const { gaussian = CRF_DEFAULTS.gaussian, bilateral = CRF_DEFAULTS.bilateral } = rule;
    const widest = Math.max(gaussian?.sigma ?? 0, image === null ? 0 : (bilateral?.sigma ?? 0));
    this.margin = Math.min(WIDEST_MARGIN, Math.ceil(2 * widest));
  }

  /** @throws {CombinationRuleError | CombinationInputError} without the image it needs, or with one of another size */
  static async open(rule: CrfRule, { width, height }: Pick<Grid, 'width' | 'height'>): Promise<Smoother> {
    if (rule.bilateral === null) return new Smoother(rule, null);
    if (rule.image === undefined) {
      throw new CombinationRuleError('the smoothing has no image to follow', {
        key: 'crf.image',
        remedy: 'name the image (--images), or write "bilateral: null" to smooth without one',
      });
    }
    const image = await openRaster(rule.image, {
      ...(rule.bands ? { bands: rule.bands } : {}),
      palette: 'rgb',
    });
    if (image.width !== width || image.height !== height) {
      await image.close();
      throw new CombinationInputError(
        `an image of ${image.width} × ${image.height} pixels for predictions of ${width} × ${height}`,
        { file: rule.image, remedy: 'name the image that the predictions are of' },
      );
    }
    return new Smoother(rule, image);
  }

  /** @param layer what the combination says of a window @returns probabilities of the same pixels */
  async smooth(layer: Layer, window: RasterWindow, classes: number): Promise<ScoreLayer> {
    const { certainty = 0.8, bands: _bands, image: _image, ...options } = this.#rule;
    const probabilities =
      layer.kind === 'classes'
        ? certain(layer, classes, certainty)
        : shares(asProbabilities(layer, classes), classes);
    let image = null;
    if (this.#image !== null) {
      const bands = this.#rule.bands ?? [1, 2, 3].slice(0, this.#image.bandCount);
      const { data } = await this.#image.read(this.#rule.bands ? window : { ...window, bands });
      image = { data, bands: bands.length };
    }
    const data = denseCrf(probabilities, [window.height, window.width], image, options);
    return { kind: 'probabilities', data, one: 1 };
  }

  async close(): Promise<void> {
    await this.#image?.close();
  }
}
