// About 45 minutes on two cores, reckoned from the times of single networks.
import { expect, test } from 'vitest';
import { modelNames } from '../../src/models/index.ts';
import { differences, outline } from '../export/support/agreement.ts';
import { millions } from '../models/lean-contract.ts';
import { isRecorded, record } from './export-zoo-record.ts';

/**
 * Every network that `arpent models` lists can be exported, in float32 and in half precision, and agrees with libtorch at
 * batches of one and four; the smallest first. Those above 110 million parameters, each a larger sibling of one that is not, are
 * exported and run in outline. A pattern of names compares what it matches in full (`ARPENT_MODELS='swin_large'`; `.` is all of
 * them, two and a half hours and 14 GB). With `ARPENT_EXPORT_RECORD=build/export-zoo.json` a run that was broken off goes on where it was,
 * and the file tells what was measured.
 */
const pattern = process.env.ARPENT_MODELS;
/** Parameters, in millions, up to which weights are drawn and answers compared. */
const most = pattern ? Number.POSITIVE_INFINITY : 110;

const names = modelNames()
  .filter((name) => new RegExp(pattern ?? '.').test(name) && !isRecorded(name))
  .sort((a, b) => millions(a) - millions(b));

const seconds = (began: number) => (performance.now() - began) / 1000;

/** Height of the images, in pixels, that half precision is judged by where the smallest images miss its bounds. */
const LARGER = 256;

/** Largest difference and least share of equal pixels that a format may have. */
const bounds = (what: string) =>
  what.startsWith('fp32') ? ([1e-4, 0.999] as const) : ([1e-2, 0.995] as const);

type Found = Awaited<ReturnType<typeof differences>>;

/** What was found of one format. */
const only = (found: Found, format: 'fp32' | 'fp16'): Found =>
  Object.fromEntries(Object.entries(found).filter(([what]) => what.startsWith(format)));

const agrees = (found: Found) =>
  Object.entries(found).every(([what, { relative, agreement }]) => {
    const [most, least] = bounds(what);
    return relative <= most && agreement >= least;
  });

for (const name of names) {
  if (millions(name) > most) {
    const title = `${name} (in outline)`;
    if (isRecorded(title)) continue;
    test(title, async () => {
      const began = performance.now();
      const found = await outline(name);
      expect(found).toMatchObject({ asExpected: true, finite: true });
      record(title, found, seconds(began));
    });
    continue;
  }
  test(name, async () => {
    const began = performance.now();
    let found = await differences(name);
    // Where pyramids and squeezed channels are left with a cell or two, norms divide by next to nothing and multiply half precision's
    // roundings; in images as they are mapped they are not. In float32 there is no such excuse.
    const larger = !agrees(only(found, 'fp16'));
    if (larger) {
      const again = await differences(name, { atLeast: LARGER });
      found = { ...only(found, 'fp32'), ...only(again, 'fp16') };
    }
    for (const [what, { relative, agreement }] of Object.entries(found)) {
      const [most, least] = bounds(what);
      expect(relative, what).toBeLessThanOrEqual(most);
      expect(agreement, what).toBeGreaterThanOrEqual(least);
    }
    record(name, { ...found, ...(larger ? { fp16Height: LARGER } : {}) }, seconds(began));
  });
}
