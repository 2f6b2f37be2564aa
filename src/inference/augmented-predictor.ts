import { InvalidArgumentError } from '../core/index.ts';
import { CombinedPredictor } from './combined-predictor.ts';
import type { Core, Predictor, Tile } from './predictor.ts';
import {
  inverse,
  type Symmetry,
  type SymmetryName,
  symmetries,
  transformCells,
  transformCore,
  transformTile,
} from './symmetry.ts';

/**
 * Test-time augmentation: predicts each tile turned and mirrored, turns the probabilities back and takes their mean. Owns the
 * predictor it is given.
 */
export class AugmentedPredictor extends CombinedPredictor {
  readonly channels: number;
  readonly classes: number;
  readonly divisor: number;
  readonly engine: string;
  readonly fingerprint: string;
  private readonly predictor: Predictor;
  private readonly symmetries: readonly Symmetry[];

  /** @param names which symmetries to predict in; `identity` only when it is named */
  constructor(predictor: Predictor, names: readonly SymmetryName[]) {
    super();
    const unknown = names.find((name) => symmetries[name] === undefined);
    if (names.length === 0 || unknown !== undefined) {
      throw new InvalidArgumentError(
        names.length === 0 ? 'no symmetry to predict in' : `no symmetry is called "${unknown}"`,
        { key: 'tta', remedy: `choose among ${Object.keys(symmetries).join(', ')}` },
      );
    }
    this.predictor = predictor;
    this.symmetries = names.map((name) => symmetries[name]);
    this.channels = predictor.channels;
    this.classes = predictor.classes;
    this.divisor = predictor.divisor;
    this.engine = `${predictor.engine}, ${names.length} views`;
    this.fingerprint = `${predictor.fingerprint ?? ''} ${names.join(' ')}`;
  }

  protected async combine(tiles: readonly Tile[], cores: readonly Core[]): Promise<Float32Array[]> {
    const sums = cores.map(({ width, height }) => new Float32Array(this.classes * width * height));
    for (const symmetry of this.symmetries) {
      const turnedCores = tiles.map((tile, i) => transformCore(cores[i]!, tile, symmetry));
      const found = await this.predictor.predict(
        tiles.map((tile) => transformTile(tile, symmetry)),
        'probabilities',
        turnedCores,
      );
      for (const [i, turned] of found.entries()) {
        const { width, height } = turnedCores[i]!;
        const back = transformCells(
          turned,
          width,
          height,
          inverse(symmetry),
          new Float32Array(turned.length),
        );
        const sum = sums[i]!;
        for (let at = 0; at < sum.length; at++) sum[at]! += back[at]!;
      }
    }
    const count = this.symmetries.length;
    return sums.map((sum) => sum.map((value) => value / count));
  }

  dispose(): void {
    this.predictor.dispose();
  }
}
