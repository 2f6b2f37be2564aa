import { type PixelArray, type RasterDataType, valueRange } from '../../raster/index.ts';

/** How often each value of a channel of whole numbers occurs. */
class ValueCounts {
  readonly counts: Float64Array;
  readonly lowest: number;

  constructor(dataType: RasterDataType) {
    const [low, high] = valueRange(dataType);
    this.lowest = low;
    this.counts = new Float64Array(high - low + 1);
  }
}

/** Number, mean and sum of squared distances from it, for channels that cannot be counted value by value. */
interface Moments {
  count: number;
  mean: number;
  squares: number;
}

/** Joins two sets of moments (Chan, Golub and LeVeque 1979). */
function join(one: Moments, other: Moments): Moments {
  const count = one.count + other.count;
  if (count === 0) return { count: 0, mean: 0, squares: 0 };
  const distance = other.mean - one.mean;
  return {
    count,
    mean: one.mean + (distance * other.count) / count,
    squares: one.squares + other.squares + (distance * distance * one.count * other.count) / count,
  };
}

const countable = (dataType: RasterDataType) => /^u?int(8|16)$/.test(dataType);

/**
 * Mean, standard deviation and extremes of one channel, gathered piece by piece.
 *
 * Values of 8 and 16 bits are counted one by one, so the result is exact and does not depend on how the pixels were cut
 * into pieces or in which order these came; other types are merged by their moments. Values that are not numbers are left
 * out and counted.
 */
export class ChannelStatistics {
  readonly dataType: RasterDataType;
  /** Pixels that are not finite numbers. */
  notFinite = 0;
  private readonly counted: ValueCounts | null;
  private moments: Moments = { count: 0, mean: 0, squares: 0 };
  private low = Number.POSITIVE_INFINITY;
  private high = Number.NEGATIVE_INFINITY;

  constructor(dataType: RasterDataType) {
    this.dataType = dataType;
    this.counted = countable(dataType) ? new ValueCounts(dataType) : null;
  }

  /** Takes in a piece of the channel. */
  add(values: PixelArray): void {
    if (this.counted) {
      const { counts, lowest } = this.counted;
      for (let i = 0; i < values.length; i++) counts[values[i]! - lowest]!++;
      return;
    }
    let sum = 0;
    let count = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) this.notFinite++;
      else {
        sum += value;
        count++;
        if (value < this.low) this.low = value;
        if (value > this.high) this.high = value;
      }
    }
    const mean = count > 0 ? sum / count : 0;
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isFinite(value)) squares += (value - mean) ** 2;
    }
    this.moments = join(this.moments, { count, mean, squares });
  }

  /** Takes in what another gathered of the same type. */
  merge(other: ChannelStatistics): void {
    this.notFinite += other.notFinite;
    if (this.counted && other.counted) {
      for (let i = 0; i < this.counted.counts.length; i++)
        this.counted.counts[i]! += other.counted.counts[i]!;
    }
    this.moments = join(this.moments, other.moments);
    this.low = Math.min(this.low, other.low);
    this.high = Math.max(this.high, other.high);
  }

  /** Population statistics; NaN where nothing was gathered. */
  summary(): { count: number; mean: number; std: number; min: number; max: number } {
    if (this.counted === null) {
      const { count, mean, squares } = this.moments;
      const std = count > 0 ? Math.sqrt(squares / count) : Number.NaN;
      return { count, mean: count > 0 ? mean : Number.NaN, std, min: this.low, max: this.high };
    }
    const { counts, lowest } = this.counted;
    const present = Array.from(counts.keys()).filter((i) => counts[i]! > 0);
    const count = present.reduce((total, i) => total + counts[i]!, 0);
    const mean = present.reduce((sum, i) => sum + (i + lowest) * counts[i]!, 0) / count;
    const squares = present.reduce((sum, i) => sum + (i + lowest - mean) ** 2 * counts[i]!, 0);
    return {
      ...{ count, mean, std: Math.sqrt(squares / count) },
      min: (present[0] ?? Number.NaN) + lowest,
      max: (present.at(-1) ?? Number.NaN) + lowest,
    };
  }
}
