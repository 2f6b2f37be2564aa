// About N minutes on two cores.
import { expect, test } from 'vitest';
import { modelNames } from '../../src/models/index.ts';
import { differences } from '../export/support/agreement.ts';
import { millions } from '../models/lean-contract.ts';
import { isRecorded, record } from './export-zoo-record.ts';

/**
 * Every network that `arpent models` lists can be exported, in float32 and in half precision, and agrees with libtorch at
 * batches of one and four; the smallest first. A part can be chosen by a pattern of names (`ARPENT_MODELS='^resnet.*_unet$'`).
 * With `ARPENT_EXPORT_RECORD=build/export-zoo.json` a run that was broken off goes on where it was, and the file tells what
 * was measured.
 */
const names = modelNames()
  .filter((name) => new RegExp(process.env.ARPENT_MODELS ?? '.').test(name) && !isRecorded(name))
  .sort((a, b) => millions(a) - millions(b));

test.each(names)('%s', async (name) => {
  const began = performance.now();
  const found = await differences(name);
  for (const batch of [1, 4]) {
    const [full, half] = [found[`fp32 ${batch}`]!, found[`fp16 ${batch}`]!];
    expect(full.relative).toBeLessThanOrEqual(1e-4);
    expect(full.agreement).toBeGreaterThanOrEqual(0.999);
    expect(half.relative).toBeLessThanOrEqual(1e-2);
    expect(half.agreement).toBeGreaterThanOrEqual(0.995);
  }
  record(name, found, (performance.now() - began) / 1000);
});
