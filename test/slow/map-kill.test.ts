// About 12 minutes on two cores.
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { mapRaster } from '../../src/inference/index.ts';
import { bundleChild } from '../map/bundle-child.ts';
import { comparedFiles, killAndFinish } from '../map/kill-and-resume.ts';
import { productsBeside } from '../map/map-child-products.ts';
import { common, FakePredictor, sha256, temporaryFolder, writeImage } from '../map/support.ts';

/** How often a map is killed, in all; `ARPENT_KILLS=20` for a shorter run. */
const KILLS = Number(process.env.ARPENT_KILLS ?? 200);
/** `ARPENT_SEED=201` for other moments, so that shorter runs add up. */
const SEED = Number(process.env.ARPENT_SEED ?? 200);
const KILLS_A_MAP = 5;

const child = await bundleChild();
afterAll(child.remove);

test(`killed ${KILLS} times at random moments, all maps end with the same bytes`, {
  timeout: 120 * 60_000,
}, async () => {
  const folder = temporaryFolder();
  const input = await writeImage(join(folder, 'image.tif'), 203, 149);
  const random = new Random(SEED);
  const counts = { kills: 0, late: 0 };
  for (const [blend, thread] of [['hann', true] as const, ['crop', false] as const]) {
    const once = join(folder, `once-${blend}.tif`);
    const { totalTiles } = await mapRaster({
      ...common,
      ...{ input, output: once, predictor: new FakePredictor(), blend, products: productsBeside(once) },
    });
    const expected = comparedFiles(once).map(sha256);
    for (let round = 0; round < Math.ceil(KILLS / KILLS_A_MAP / 2); round++) {
      const output = join(folder, `${blend}-${round}.tif`);
      const result = await killAndFinish(random, KILLS_A_MAP, {
        ...{ script: child.script, input, output, blend, thread },
        windows: totalTiles,
      });
      expect(result.hashes, `${blend}, round ${round}`).toEqual(expected);
      expect(result.clean).toBe(true);
      counts.kills += KILLS_A_MAP;
      counts.late += result.late;
      console.log(`${counts.kills} kills, ${counts.late} of them after the last window`);
    }
  }
});
