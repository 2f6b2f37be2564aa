import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Random } from '../../src/core/index.ts';
import type { Core, PredictionKind, Tile, TilePart } from '../../src/inference/index.ts';
import { PartsPredictor } from '../../src/inference/parts-predictor.ts';
import { createGeoTiff, type GeoTiffOptions, openRaster, pixelBlock } from '../../src/raster/index.ts';

export const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** How far the fake network sees from a pixel. */
export const REACH = 3;

/**
 * Stands for a convolutional network: scores depend on the mean of the pixels within {@link REACH}, and what lies beyond the
 * tile counts as zero, as in zero-padded convolutions.
 */
export class FakePredictor extends PartsPredictor {
  readonly channels = 2;
  readonly classes = 5;
  readonly divisor = 8;
  readonly engine = 'fake';
  readonly fingerprint = 'fake-1';
  /** Tiles predicted so far. */
  tiles = 0;
  private readonly pause: number;

  /** @param pause milliseconds that each tile takes */
  constructor(pause = 0) {
    super();
    this.pause = pause;
  }

  async predictParts(
    tiles: readonly Tile[],
    parts: readonly (readonly TilePart[])[],
  ): Promise<(Uint8Array | Float32Array)[][]> {
    this.tiles += tiles.length;
    if (this.pause > 0) await new Promise((resolve) => setTimeout(resolve, this.pause));
    return tiles.map((tile, i) => parts[i]!.map(({ core, kind }) => answer(tile, kind, core)));
  }

  dispose(): void {}
}

function scoresAt({ pixels, width, height }: Tile, x: number, y: number): number[] {
  const means = [0, 1].map((band) => {
    let sum = 0;
    for (let row = Math.max(0, y - REACH); row <= Math.min(height - 1, y + REACH); row++) {
      for (let column = Math.max(0, x - REACH); column <= Math.min(width - 1, x + REACH); column++) {
        sum += pixels[(band * height + row) * width + column]!;
      }
    }
    return sum / (2 * REACH + 1) ** 2;
  });
  return [0, 1, 2, 3, 4].map((k) => -Math.abs(means[0]! - 50 * k) / 20 + (k % 2) * (means[1]! / 255));
}

function answer(tile: Tile, kind: PredictionKind, core: Core): Uint8Array | Float32Array {
  const { x, y, width, height } = core;
  const plane = width * height;
  const classes = new Uint8Array(plane);
  const values = new Float32Array(5 * plane);
  for (let i = 0; i < plane; i++) {
    const scores = scoresAt(tile, x + (i % width), y + Math.floor(i / width));
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    classes[i] = scores.indexOf(Math.max(...scores));
    for (const [k, score] of scores.entries()) {
      values[k * plane + i] = kind === 'logits' ? score : Math.exp(score) / total;
    }
  }
  return kind === 'classes' ? classes : values;
}

export const classes = ['#1f77b4', '#2ca02c', '#d62728', '#9467bd', '#8c564b'].map((color, value) => ({
  value,
  name: `class ${value}`,
  color,
}));

export const geoTransform = [900000, 0.2, 0, 6500000, 0, -0.2] as const;

/** An image of two bands with patches of several sizes. */
export function imageCells(width: number, height: number, seed = 1): Uint8Array {
  const random = new Random(seed);
  const waves = Array.from({ length: 5 }, () => [
    random.between(-0.2, 0.2),
    random.between(-0.2, 0.2),
    random.between(0, 6),
  ]);
  const cells = new Uint8Array(2 * width * height);
  for (let i = 0; i < cells.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    let value = 110;
    for (const [fx, fy, phase] of waves)
      value += 30 * Math.sin(fx! * x + fy! * y + phase! + i / cells.length);
    cells[i] = Math.max(1, Math.min(255, value));
  }
  return cells;
}

/** Writes an image of two bands. */
export async function writeImage(
  path: string,
  width: number,
  height: number,
  options: Partial<GeoTiffOptions> = {},
  cells = imageCells(width, height),
): Promise<string> {
  const writer = await createGeoTiff(path, {
    ...{ width, height, bands: 2, dataType: 'uint8', crs: 'EPSG:2154', geoTransform, blockSize: 64 },
    ...{ interleave: 'pixel', overwrite: true },
    ...options,
  });
  await writer.write(pixelBlock(cells, 2, height, width), 0, 0);
  await writer.close();
  return path;
}

/** All cells of a raster. */
export async function readAll(path: string): Promise<Uint8Array> {
  await using raster = await openRaster(path);
  return (await raster.read()).data as Uint8Array;
}

/** What every map of these tests has in common. */
export const common = { channels: [1, 2], classes, tile: 48, margin: 8 } as const;
