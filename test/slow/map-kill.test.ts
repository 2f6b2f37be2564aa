import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { mapRaster } from '../../src/inference/index.ts';
import { killAndFinish } from '../map/kill-and-resume.ts';
import { common, FakePredictor, sha256, temporaryFolder, writeImage } from '../map/support.ts';

/** How often a map is killed, in all; `ARPENT_KILLS=20` for a shorter run. */
const KILLS = Number(process.env.ARPENT_KILLS ?? 200);
const KILLS_A_MAP = 4;

test(`killed ${KILLS} times at random moments, all maps end with the same bytes`, {
  timeout: 90 * 60_000,
}, async () => {
  const folder = temporaryFolder();
  const input = await writeImage(join(folder, 'image.tif'), 203, 149);
  const random = new Random(200);
  for (const blend of ['hann', 'crop'] as const) {
    const once = join(folder, `once-${blend}.tif`);
    const products = { confidence: once.replace('.tif', '-confidence.tif') };
    const predictor = new FakePredictor();
    const { totalTiles } = await mapRaster({ ...common, input, output: once, predictor, blend, products });
    for (let round = 0; round < Math.ceil(KILLS / KILLS_A_MAP / 2); round++) {
      const output = join(folder, `${blend}-${round}.tif`);
      const { hashes, clean } = await killAndFinish(random, KILLS_A_MAP, {
        input,
        output,
        blend,
        windows: totalTiles,
      });
      expect(hashes).toEqual([once, products.confidence].map(sha256));
      expect(clean).toBe(true);
    }
  }
});
