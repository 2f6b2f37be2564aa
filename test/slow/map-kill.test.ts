import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { mapRaster } from '../../src/inference/index.ts';
import { killAndFinish } from '../map/kill-and-resume.ts';
import { common, FakePredictor, sha256, temporaryFolder, writeImage } from '../map/support.ts';

test('killed two hundred times at random moments, fifty maps all end with the same bytes', {
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
    for (let round = 0; round < 25; round++) {
      const output = join(folder, `${blend}-${round}.tif`);
      const { hashes, clean } = await killAndFinish(random, 4, { input, output, blend, windows: totalTiles });
      expect(hashes).toEqual([once, products.confidence].map(sha256));
      expect(clean).toBe(true);
    }
  }
});
