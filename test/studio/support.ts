import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { DUBAI } from '../../src/core/index.ts';
import { manualSeed } from '../../src/engine/index.ts';
import { createModel } from '../../src/models/index.ts';
import { createGeoTiff, type GeoTransform, openRaster, reflectIndex } from '../../src/raster/index.ts';
import type { ServeOptions } from '../../src/server/options.ts';
import { writeCheckpoint } from '../../src/training/checkpoint.ts';

export const examples = fileURLToPath(new URL('../../examples/dubai', import.meta.url));

/** A folder for the files of one test file, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'arpent-studio-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A checkpoint of a small network with random weights, as training writes it. */
export function writeModel(path: string, seed: number): void {
  manualSeed(seed);
  const classes = DUBAI.classes.map(({ name, color }) => ({ name, color, weight: 1 }));
  const network = createModel({
    encoder: 'mobilenet_v2',
    decoder: 'unet',
    inChannels: 3,
    classes: classes.length,
  });
  const architecture = {
    kind: 'encoder-decoder',
    encoder: 'mobilenet_v2',
    decoder: 'unet',
    encoderWeights: null,
  };
  const description = {
    model: { architecture, channels: 3, classes: classes.length },
    channels: [1, 2, 3],
    normalization: { kind: 'custom', means: [108.4, 104.6, 97.3], stds: [46.1, 42.5, 41.4] },
    classes,
  };
  mkdirSync(join(path, '..'), { recursive: true });
  const position = { epoch: 1, step: 0, globalStep: 1, lossSum: 0 };
  writeCheckpoint(path, network, description, null, { position });
  network.dispose();
}

/** Upper left in Lambert 93, cells of 0.2 m. */
const transform = [651_000, 0.2, 0, 6_862_000, 0, -0.2] as GeoTransform;

/**
 * A georeferenced image of any size: the examples of one scene side by side, as they were cut, mirrored beyond. The one
 * in the middle is not among the examples; the one above is mirrored in its place.
 */
export async function writeOrtho(path: string, side: number): Promise<void> {
  const pixels = new Uint8Array(3 * side * side);
  for (let part = 0; part < 9; part++) {
    const [column, row] = [part % 3, Math.floor(part / 3)];
    await using image = await openRaster(join(examples, `tile-3/image-${part === 4 ? 2 : part + 1}.jpg`));
    const { width, height } = image;
    const { data } = await image.read();
    for (let y = 0; y < side; y++) {
      const line = reflectIndex(y, 3 * height) - row * height;
      if (line < 0 || line >= height) continue;
      const from = part === 4 ? height - 1 - line : line;
      for (let x = 0; x < side; x++) {
        const at = reflectIndex(x, 3 * width) - column * width;
        if (at < 0 || at >= width) continue;
        for (let band = 0; band < 3; band++)
          pixels[(band * side + y) * side + x] = data[(band * height + from) * width + at]!;
      }
    }
  }
  const writer = await createGeoTiff(path, {
    ...{ width: side, height: side, bands: 3, dataType: 'uint8' },
    ...{ crs: 'EPSG:2154', geoTransform: transform },
  });
  await writer.write({ data: pixels, width: side, height: side, bands: 3 }, 0, 0);
  await writer.close();
}

/** A studio in another process. */
export interface StudioProcess {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const started = new Set<ChildProcess>();
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Starts a studio in a process of its own. */
export function serveApart(options: ServeOptions): Promise<StudioProcess> {
  const program = fileURLToPath(new URL('./serve-child.ts', import.meta.url));
  const child = fork(program, [JSON.stringify({ port: 0, ...options })], { execArgv: ['--import', 'tsx'] });
  started.add(child);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the studio ended with ${code}`)));
    child.once('message', (message) => {
      const { url, port } = message as { url: string; port: number };
      const kill = async (signal: NodeJS.Signals) => {
        child.kill(signal);
        await gone;
        started.delete(child);
      };
      resolve({ url: url.replace(/\/$/, ''), port, process: child, kill });
    });
  });
}
