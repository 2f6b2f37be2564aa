import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { buildWeb } from '../../scripts/build-web.mjs';
import { arpent } from '../cli/call.ts';
import { examples, writeOrtho } from './support.ts';

/** Everything that a studio shows: images, trained models, their runs, the built page. */
export interface StudioFixture {
  readonly folder: string;
  readonly ortho: string;
  readonly models: string;
  readonly runs: string;
  readonly web: string;
  /** The checkpoint of the first run, and the same network as ONNX file. */
  readonly checkpoint: string;
  readonly onnx: string;
}

/** Trains a small network for a short while on the examples. */
async function train(folder: string, name: string, epochs: number): Promise<string> {
  const best = join(folder, 'runs', name, 'checkpoints/best.ckpt');
  if (existsSync(best)) return best;
  const file = join(folder, `${name}.yaml`);
  const text = readFileSync(join(examples, 'arpent.yaml'), 'utf8')
    .replace('name: dubai', `name: ${name}`)
    .replace('../../runs', join(folder, 'runs'))
    .replace(/: (train|validation|test)\.csv/g, (_, list: string) => `: ${join(examples, `${list}.csv`)}`)
    .replace('encoder: resnet18', 'encoder: mobilenet_v2')
    .replace('crop: 192', 'crop: 128')
    .replace('epochs: 10', `epochs: ${epochs}`)
    .replace('repeat: 8', 'repeat: 3');
  writeFileSync(file, text);
  expect(await arpent('run', file, '--quiet')).toMatchObject({ code: 0 });
  return best;
}

/**
 * Makes everything below a folder; what an earlier call made there is taken as it is.
 * @param side of the large image
 */
export async function makeStudio(folder: string, side: number): Promise<StudioFixture> {
  const models = join(folder, 'models');
  mkdirSync(models, { recursive: true });
  const checkpoint = join(models, 'first.ckpt');
  const onnx = join(models, 'first.onnx');
  writeFileSync(join(models, 'second.ckpt'), readFileSync(await train(folder, 'second', 2)));
  writeFileSync(checkpoint, readFileSync(await train(folder, 'first', 6)));
  if (!existsSync(onnx)) {
    const flags = ['-o', onnx, '--size', 'dynamic', '--quiet'];
    expect(await arpent('export', checkpoint, ...flags)).toMatchObject({ code: 0 });
  }
  mkdirSync(join(folder, 'images'), { recursive: true });
  const ortho = join(folder, 'images/ortho.tif');
  if (!existsSync(ortho)) await writeOrtho(ortho, side);
  const web = join(folder, 'web');
  await buildWeb(web);
  return { folder, ortho, models, runs: join(folder, 'runs'), web, checkpoint, onnx };
}
