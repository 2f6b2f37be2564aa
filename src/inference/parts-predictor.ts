import {
  type Core,
  type Predicted,
  type PredictionKind,
  type Predictor,
  type Tile,
  type TilePart,
  wholeTile,
} from './predictor.ts';

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

  async predict<Kind extends PredictionKind>(
    tiles: readonly Tile[],
    kind: Kind,
    cores: readonly Core[] = tiles.map(wholeTile),
  ): Promise<Predicted<Kind>[]> {
    const parts = cores.map((core) => [{ core, kind }]);
    return (await this.predictParts(tiles, parts)).flat() as Predicted<Kind>[];
  }
}
