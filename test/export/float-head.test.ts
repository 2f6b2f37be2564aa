import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { noGrad, ops } from '../../src/engine/index.ts';
import { arpent } from '../cli/call.ts';
import { livelyNetwork, writeSmallCheckpoint } from './support/trained.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-head-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** A network whose first maps are beyond what half precision holds, and come back within it two strides later. */
function writeLoudCheckpoint(path: string): void {
  const network = livelyNetwork('resnet18_deeplabv3');
  const scale = (key: string, factor: number) => {
    const [, weight] = [...network.namedParameters()].find(([name]) => name === `encoder.${key}.weight`)!;
    noGrad(() => ops.mul_(weight, factor));
  };
  scale('bn1', 1e6);
  for (const key of ['layer2.0.bn1', 'layer2.0.downsample.1']) scale(key, 1e-6);
  writeSmallCheckpoint(path, network, ['resnet18', 'deeplabv3']);
}

test('half precision keeps as much of the beginning in float32 as its own test needs, and says so', async () => {
  writeLoudCheckpoint(at('loud.ckpt'));
  const call = ['export', at('loud.ckpt'), '-o', at('loud.onnx'), '--size', '64', '--precision', 'fp16'];
  const said = await arpent(...call, '--json');
  const report = JSON.parse(said.stdout.trim().split('\n').at(-1)!);
  expect(report.selfTest.passed).toBe(true);
  expect(report.floatHead).toBeGreaterThan(0);
  expect((await arpent(...call, '--overwrite')).stdout).toMatch(
    /the first \d+ % of the nodes stay in float32/,
  );
  expect((await arpent('verify', at('loud.onnx'))).stdout).toMatch(/passed/);
});
