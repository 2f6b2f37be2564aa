import { bestClass } from './blending/index.ts';
import {
  type Core,
  type Predicted,
  type PredictionKind,
  type Predictor,
  type Tile,
  wholeTile,
} from './predictor.ts';

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

  async predict<Kind extends PredictionKind>(
    tiles: readonly Tile[],
    kind: Kind,
    cores: readonly Core[] = tiles.map(wholeTile),
  ): Promise<Predicted<Kind>[]> {
    const found = await this.combine(tiles, cores);
    return found.map((probabilities) => this.#answer(probabilities, kind)) as Predicted<Kind>[];
  }

  #answer(probabilities: Float32Array, kind: PredictionKind): Uint8Array | Float32Array {
    if (kind === 'classes') return bestClass(probabilities, this.classes);
    if (kind === 'probabilities') return probabilities;
    return probabilities.map((p) => Math.log(Math.max(p, 1e-30)));
  }
}
