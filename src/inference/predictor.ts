import type { PixelArray, RasterDataType } from '../raster/index.ts';

/** What a predictor returns for each pixel. */
export type PredictionKind =
  /** The class index, uint8 `[h, w]`. */
  | 'classes'
  /** Probabilities of every class, float32 `[K, h, w]`. */
  | 'probabilities'
  /** The network's scores before softmax, float32 `[K, h, w]`. */
  | 'logits';

/** The numbers of a prediction of one kind. */
export type Predicted<Kind extends PredictionKind> = Kind extends 'classes' ? Uint8Array : Float32Array;

/** Raw pixels of one window, planar `[C, size, size]`: nothing is normalised yet. */
export interface Tile {
  readonly pixels: PixelArray;
  readonly dataType: RasterDataType;
  readonly width: number;
  readonly height: number;
  /** Encoded acquisition metadata, for networks that take it. */
  readonly metadata?: Float32Array | undefined;
  /** Path of the image that the pixels are of, for normalisations that have numbers for each image. */
  readonly image?: string | undefined;
}

/** The part of a tile whose prediction is wanted, in pixels from its upper left. */
export interface Core {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** All of a tile. */
export function wholeTile({ width, height }: Tile): Core {
  return { x: 0, y: 0, width, height };
}

/** A part of a tile and what is wanted of it. */
export interface TilePart {
  readonly core: Core;
  readonly kind: PredictionKind;
}

/**
 * A trained network ready to predict, whatever runs it (libtorch, ONNX Runtime).
 *
 * Results are plain arrays, so that tiling, blending and writing know nothing about the engine behind.
 */
export interface Predictor {
  /** Bands the network takes. */
  readonly channels: number;
  /** Number of classes. */
  readonly classes: number;
  /** Width and height of tiles must be multiples of this. */
  readonly divisor: number;
  /** A word on engine, device and precision, for reports (`libtorch 2.13.0, cpu, bf16`). */
  readonly engine: string;
  /** Tells one set of weights from another; maps begun with one are not continued with another. */
  readonly fingerprint?: string;
  /**
   * Predicts tiles of equal size in one batch.
   * @param cores the parts to return, one a tile; whole tiles when not given
   */
  predict<Kind extends PredictionKind>(
    tiles: readonly Tile[],
    kind: Kind,
    cores?: readonly Core[],
  ): Promise<Predicted<Kind>[]>;
  /**
   * Predicts several parts of each tile, each in its own form, in one go: where windows blend only in their borders, the
   * classes of the rest are all that has to leave the engine.
   */
  predictParts?(
    tiles: readonly Tile[],
    parts: readonly (readonly TilePart[])[],
  ): Promise<(Uint8Array | Float32Array)[][]>;
  /** Gives memory back. */
  dispose(): void;
}
