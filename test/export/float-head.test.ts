import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { noGrad, ops } from '../../src/engine/index.ts';
import { arpent } from '../cli/call.ts';
import { livelyNetwork, writeSmallCheckpoint } from './support/trained.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-head-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** A small network, some of whose weights are multiplied. */
function writeScaledCheckpoint(path: string, factors: Readonly<Record<string, number>>): void {
  const network = livelyNetwork('resnet18_deeplabv3');
  for (const [key, factor] of Object.entries(factors)) {
    const [, weight] = [...network.namedParameters()].find(([name]) => name === `${key}.weight`)!;
    noGrad(() => ops.mul_(weight, factor));
  }
  writeSmallCheckpoint(path, network, ['resnet18', 'deeplabv3']);
}

test('half precision keeps as much of the beginning in float32 as its own test needs, and says so', async () => {
  // Its first maps are beyond what half precision holds, and come back within it two strides later.
  writeScaledCheckpoint(at('loud.ckpt'), {
    'encoder.bn1': 1e6,
    'encoder.layer2.0.bn1': 1e-6,
    'encoder.layer2.0.downsample.1': 1e-6,
  });
  const call = ['export', at('loud.ckpt'), '-o', at('loud.onnx'), '--size', '64', '--precision', 'fp16'];
  const said = await arpent(...call, '--json');
  const report = JSON.parse(said.stdout.trim().split('\n').at(-1)!);
  expect(report.selfTest.passed).toBe(true);
  expect(report.floatHead).toBeGreaterThan(0);
  expect((await arpent(...call, '--overwrite')).stdout).toMatch(
    /the first \d+ % of the nodes stay in float32/,
  );
  expect((await arpent('verify', at('loud.onnx'))).stdout).toMatch(/passed/);
  expect(readdirSync(folder).sort()).toEqual(['loud.ckpt', 'loud.onnx', 'loud.stac.json']);
});

test('a file that misses its test takes no name, nor the place of another', async () => {
  // Its last weights are beyond what half precision holds, and no beginning in float32 helps them.
  writeScaledCheckpoint(at('loudest.ckpt'), { 'segmentation_head.0': 1e7 });
  writeFileSync(at('kept.onnx'), 'an earlier file');
  const call = ['export', at('loudest.ckpt'), '-o', at('kept.onnx'), '--size', '64', '--precision', 'fp16'];
  const said = await arpent(...call, '--answer', 'logits', '--overwrite');
  expect(said.code).not.toBe(0);
  expect(said.stderr).toMatch(/it differs from resnet18_deeplabv3/);
  expect(readFileSync(at('kept.onnx'), 'utf8')).toBe('an earlier file');
  expect(readdirSync(folder).filter((name) => /kept|partial/.test(name))).toEqual(['kept.onnx']);
});
