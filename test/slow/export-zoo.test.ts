// About 45 minutes on two cores, reckoned from the times of single networks.
import { expect, test } from 'vitest';
import { modelNames } from '../../src/models/index.ts';
import { BOUNDS, differences, outline } from '../export/support/agreement.ts';
import { millions } from '../models/lean-contract.ts';
import { runRecord } from '../run-record.ts';

/**
 * Every network that `arpent models` lists can be exported, in float32 and in half precision, and agrees with libtorch at
 * batches of one and four; the smallest first. Those above 110 million parameters, each a larger sibling of one that is not, are
 * exported and run in outline. A pattern of names compares what it matches in full (`ARPENT_MODELS='swin_large'`; `.` is all of
 * them, two and a half hours and 15 GB). With `ARPENT_EXPORT_RECORD=build/export-zoo.json` a run that was broken off goes on where it was,
 * and the file tells what was measured.
 */
const pattern = process.env.ARPENT_MODELS;
/** Delete the file after a change of the exporter or of a network. */
const measured = runRecord(process.env.ARPENT_EXPORT_RECORD);
/** Parameters, in millions, up to which weights are drawn and answers compared. */
const most = pattern ? Number.POSITIVE_INFINITY : 110;

const names = modelNames()
  .filter((name) => new RegExp(pattern ?? '.').test(name) && !measured.has(name))
  .sort((a, b) => millions(a) - millions(b));

const seconds = (began: number) => (performance.now() - began) / 1000;

for (const name of names) {
  if (millions(name) > most) {
    const title = `${name} (in outline)`;
    if (measured.has(title)) continue;
    test(title, async () => {
      const began = performance.now();
      const found = await outline(name);
      expect(found).toMatchObject({ asExpected: true, finite: true });
      measured.add(title, seconds(began), found);
    });
    continue;
  }
  test(name, async () => {
    const began = performance.now();
    const found = await differences(name);
    for (const precision of ['fp32', 'fp16'] as const) {
      const [most, least] = BOUNDS[precision];
      for (const [i, { relative, agreement }] of found[precision].entries()) {
        expect(relative, `${precision} ${i}`).toBeLessThanOrEqual(most);
        expect(agreement, `${precision} ${i}`).toBeGreaterThanOrEqual(least);
      }
    }
    measured.add(name, seconds(began), { ...found });
  });
}
