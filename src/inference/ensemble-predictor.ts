import { InvalidArgumentError } from '../core/index.ts';
import { allocateCells } from '../raster/index.ts';
import { CombinedPredictor } from './combined-predictor.ts';
import { ModelMismatchError } from './errors.ts';
import type { Core, Predictor, Tile } from './predictor.ts';

/** A network of an ensemble. */
export interface EnsembleMember {
  readonly predictor: Predictor;
  /** How much it counts, as one number or one a class. Default 1. */
  readonly weight?: number | readonly number[];
  /** 0-based places, among the ensemble's channels, of those it takes; default all, in order. */
  readonly channels?: readonly number[];
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

function weightsOf({ weight = 1, predictor }: EnsembleMember): Float64Array {
  const weights = Float64Array.from({ length: predictor.classes }, (_, k) =>
    typeof weight === 'number' ? weight : (weight[k] ?? Number.NaN),
  );
  const short = typeof weight !== 'number' && weight.length !== predictor.classes;
  if (short || weights.some((each) => !(each >= 0))) {
    throw new InvalidArgumentError(
      `weights of a network of ${predictor.classes} classes cannot be ${weight}`,
      {
        key: 'weights',
        remedy: 'give one number, or one a class, none below 0',
      },
    );
  }
  return weights;
}

/** The chosen channels of a tile. */
function pickChannels(tile: Tile, channels: readonly number[]): Tile {
  const plane = tile.width * tile.height;
  const pixels = allocateCells(tile.dataType, channels.length * plane);
  for (const [to, from] of channels.entries()) {
    pixels.set(tile.pixels.subarray(from * plane, (from + 1) * plane), to * plane);
  }
  return { ...tile, pixels };
}

/**
 * Several networks as one: the mean of their probabilities, weighted by network or by network and class (then made to sum to
 * one again). Owns the predictors.
 */
export class EnsemblePredictor extends CombinedPredictor {
  readonly channels: number;
  readonly classes: number;
  readonly divisor: number;
  readonly engine: string;
  readonly fingerprint: string;
  private readonly members: readonly EnsembleMember[];
  private readonly weights: readonly Float64Array[];

  /** @throws InvalidArgumentError, ModelMismatchError when members differ in classes or channels */
  constructor(members: readonly EnsembleMember[]) {
    super();
    const [first] = members;
    if (first === undefined) {
      throw new InvalidArgumentError('an ensemble needs at least one network', { remedy: 'name its models' });
    }
    this.members = members;
    this.weights = members.map(weightsOf);
    this.classes = first.predictor.classes;
    this.channels = Math.max(
      ...members.map(({ predictor, channels }) =>
        channels ? Math.max(...channels) + 1 : predictor.channels,
      ),
    );
    for (const { predictor, channels } of members) {
      const taken = channels?.length ?? this.channels;
      if (predictor.classes === this.classes && predictor.channels === taken) continue;
      throw new ModelMismatchError(
        `networks of ${this.classes} classes and ${this.channels} channels and of ${predictor.classes} classes and ` +
          `${predictor.channels} channels cannot vote together`,
        {
          key: 'models',
          remedy: 'take networks of the same classes, and name the channels of those that see fewer',
        },
      );
    }
    if (this.weights[0]!.some((_, k) => this.weights.every((each) => each[k] === 0))) {
      throw new InvalidArgumentError('a class has weight 0 in every network', {
        key: 'weights',
        remedy: 'give some network a weight for each class',
      });
    }
    this.divisor = members.reduce(
      (lcm, { predictor: { divisor } }) => (lcm / gcd(lcm, divisor)) * divisor,
      1,
    );
    this.engine = `${members.length} networks: ${[...new Set(members.map(({ predictor }) => predictor.engine))].join('; ')}`;
    this.fingerprint = members
      .map(({ predictor, weight = 1, channels }) =>
        [predictor.fingerprint ?? '', weight, channels ?? ''].join(' '),
      )
      .join('; ');
  }

  protected async combine(tiles: readonly Tile[], cores: readonly Core[]): Promise<Float32Array[]> {
    const { classes } = this;
    const sums = cores.map(({ width, height }) => new Float32Array(classes * width * height));
    for (const [m, { predictor, channels }] of this.members.entries()) {
      const seen = channels ? tiles.map((tile) => pickChannels(tile, channels)) : tiles;
      const found = await predictor.predict(seen, 'probabilities', cores);
      const weights = this.weights[m]!;
      for (const [i, probabilities] of found.entries()) {
        const sum = sums[i]!;
        const plane = sum.length / classes;
        for (let k = 0, at = 0; k < classes; k++) {
          const weight = weights[k]!;
          for (const end = at + plane; at < end; at++) sum[at]! += weight * probabilities[at]!;
        }
      }
    }
    const totals = Float64Array.from({ length: classes }, (_, k) =>
      this.weights.reduce((total, each) => total + each[k]!, 0),
    );
    return sums.map((sum) => normalized(sum, totals));
  }

  dispose(): void {
    for (const { predictor } of this.members) predictor.dispose();
  }
}

/** Weighted sums `[K, pixels]` divided by each class's total weight, and by their sum over the classes. */
function normalized(sums: Float32Array, totals: Float64Array): Float32Array {
  const plane = sums.length / totals.length;
  for (let i = 0; i < plane; i++) {
    let sum = 0;
    for (let k = 0, at = i; k < totals.length; k++, at += plane) {
      sums[at] = sums[at]! / totals[k]!;
      sum += sums[at]!;
    }
    if (sum > 0) for (let at = i; at < sums.length; at += plane) sums[at] = sums[at]! / sum;
  }
  return sums;
}
