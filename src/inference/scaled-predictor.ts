import { InvalidArgumentError } from '../core/index.ts';
import { CombinedPredictor } from './combined-predictor.ts';
import type { Core, Predictor, Tile } from './predictor.ts';

/** At which sizes a network sees each tile. */
export interface ScalesOptions {
  /** Factors on the tile's size. Default 1 alone. */
  readonly scales?: readonly number[];
  /** Side of the square that counts as factor 1, whatever the tile's size; default the tile's own. */
  readonly size?: number;
}

/** Where a row or column of the result lies in the source: the two nearest and the second one's share. */
function sourcesOf(from: number, to: number): [near: Int32Array, far: Int32Array, share: Float32Array] {
  const [near, far, share] = [new Int32Array(to), new Int32Array(to), new Float32Array(to)];
  for (let i = 0; i < to; i++) {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    near[i] = Math.floor(place);
    far[i] = Math.min(from - 1, near[i]! + 1);
    share[i] = place - near[i]!;
  }
  return [near, far, share];
}

/** Planes `[C, height, width]` resized bilinearly: half-pixel centres, no smoothing where they shrink. */
export function resizePlanes(
  planes: ArrayLike<number>,
  [width, height]: readonly [number, number],
  [toWidth, toHeight]: readonly [number, number],
): Float32Array {
  const count = planes.length / (width * height);
  const result = new Float32Array(count * toWidth * toHeight);
  const [left, right, across] = sourcesOf(width, toWidth);
  const [above, below, down] = sourcesOf(height, toHeight);
  for (let plane = 0, at = 0; plane < count; plane++) {
    const start = plane * width * height;
    for (let y = 0; y < toHeight; y++) {
      const [top, bottom, v] = [start + above[y]! * width, start + below[y]! * width, down[y]!];
      for (let x = 0; x < toWidth; x++, at++) {
        const [l, r, h] = [left[x]!, right[x]!, across[x]!];
        const upper = planes[top + l]! * (1 - h) + planes[top + r]! * h;
        const lower = planes[bottom + l]! * (1 - h) + planes[bottom + r]! * h;
        result[at] = upper * (1 - v) + lower * v;
      }
    }
  }
  return result;
}

/**
 * Multi-scale test-time augmentation: predicts each tile at several sizes (each rounded to what the network can take), resizes
 * the probabilities back and takes their mean. Owns the predictor it is given.
 */
export class ScaledPredictor extends CombinedPredictor {
  readonly channels: number;
  readonly classes: number;
  readonly divisor = 1;
  readonly engine: string;
  readonly fingerprint: string;
  private readonly predictor: Predictor;
  private readonly scales: readonly number[];
  private readonly size: number | null;

  /** @throws InvalidArgumentError for factors or sizes that are not above 0 */
  constructor(predictor: Predictor, { scales = [1], size }: ScalesOptions) {
    super();
    if (scales.length === 0 || ![...scales, size ?? 1].every((value) => value > 0)) {
      throw new InvalidArgumentError('sizes of test-time augmentation must be above 0', {
        key: 'scales',
        remedy: 'write factors like [0.75, 1, 1.25]',
      });
    }
    this.predictor = predictor;
    this.scales = scales;
    this.size = size ?? null;
    this.channels = predictor.channels;
    this.classes = predictor.classes;
    this.engine = `${predictor.engine}, ${scales.length} sizes`;
    this.fingerprint = `${predictor.fingerprint ?? ''} ${scales.join(' ')} ${size ?? ''}`;
  }

  protected async combine(tiles: readonly Tile[], cores: readonly Core[]): Promise<Float32Array[]> {
    const { divisor } = this.predictor;
    const whole = (side: number) => Math.max(divisor, Math.round(side / divisor) * divisor);
    const sums = cores.map(({ width, height }) => new Float32Array(this.classes * width * height));
    for (const scale of this.scales) {
      const resized = tiles.map((tile) => {
        const { width, height } = tile;
        const size = [whole(scale * (this.size ?? width)), whole(scale * (this.size ?? height))] as const;
        const pixels = resizePlanes(tile.pixels, [width, height], size);
        // The stored type stays: it tells the normalisation what full brightness is.
        return { ...tile, pixels, width: size[0], height: size[1] };
      });
      const found = await this.predictor.predict(resized, 'probabilities');
      for (const [i, probabilities] of found.entries()) {
        const { width, height } = tiles[i]!;
        const { width: from, height: rows } = resized[i]!;
        const back = resizePlanes(probabilities, [from, rows], [width, height]);
        addCore(sums[i]!, back, width, height, cores[i]!);
      }
    }
    return sums.map((sum) => sum.map((value) => value / this.scales.length));
  }

  dispose(): void {
    this.predictor.dispose();
  }
}

/** Adds a part of planes `[K, height, width]` to sums of that part. */
function addCore(sums: Float32Array, planes: Float32Array, width: number, height: number, core: Core): void {
  for (let start = 0, at = 0; at < sums.length; start += width * height) {
    for (let y = core.y; y < core.y + core.height; y++) {
      const from = start + y * width + core.x;
      for (let x = 0; x < core.width; x++) sums[at++]! += planes[from + x]!;
    }
  }
}
