import type { Core, PredictionKind, Predictor, Tile, TilePart } from './predictor.ts';

const wholeOf = ({ width, height }: Tile): Core => ({ x: 0, y: 0, width, height });

/** A predictor that answers by parts of tiles: one part a tile is the plain case. */
export abstract class PartsPredictor implements Predictor {
  abstract readonly channels: number;
  abstract readonly classes: number;
  abstract readonly divisor: number;
  abstract readonly engine: string;

  abstract predictParts(
    tiles: readonly Tile[],
    parts: readonly (readonly TilePart[])[],
  ): Promise<(Uint8Array | Float32Array)[][]>;
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
    cores?: readonly Core[],
  ): Promise<Uint8Array[] | Float32Array[]> {
    const parts = tiles.map((tile, i) => [{ core: cores?.[i] ?? wholeOf(tile), kind }]);
    return (await this.predictParts(tiles, parts)).flat() as Uint8Array[] | Float32Array[];
  }
}
