import { bestClass } from './blending/index.ts';
import type { Core, PredictionKind, Predictor, Tile } from './predictor.ts';

const wholeOf = (tile: Tile): Core => ({ x: 0, y: 0, width: tile.width, height: tile.height });

/**
 * A predictor whose probabilities are made of other predictions; classes and scores follow from them (scores are the
 * logarithms of probabilities, whose softmax gives them back).
 */
export abstract class CombinedPredictor implements Predictor {
  abstract readonly channels: number;
  abstract readonly classes: number;
  abstract readonly divisor: number;
  abstract readonly engine: string;
  abstract readonly fingerprint: string;

  /** Probabilities of the parts of tiles, each `[K, h, w]`. */
  protected abstract combine(tiles: readonly Tile[], cores: readonly Core[]): Promise<Float32Array[]>;
  abstract dispose(): void;

  predict(tiles: readonly Tile[], kind: 'classes', cores?: readonly Core[]): Promise<Uint8Array[]>;
  predict(
    tiles: readonly Tile[],
    kind: 'probabilities' | 'logits',
    cores?: readonly Core[],
  ): Promise<Float32Array[]>;
  async predict(
    tiles: readonly Tile[],
    kind: PredictionKind,
    cores: readonly Core[] = tiles.map(wholeOf),
  ): Promise<Uint8Array[] | Float32Array[]> {
    const found = await this.combine(tiles, cores);
    if (kind === 'classes') return found.map((probabilities) => bestClass(probabilities, this.classes));
    if (kind === 'probabilities') return found;
    return found.map((probabilities) => probabilities.map((p) => Math.log(Math.max(p, 1e-30))));
  }
}
