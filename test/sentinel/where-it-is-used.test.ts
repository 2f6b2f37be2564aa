import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FlagError } from '../../src/cli/class-options.ts';
import { mapConfigOfFlags } from '../../src/cli/map-request.ts';
import { sentinelRemark } from '../../src/cli/sentinel-remark.ts';
import { imagesWithoutStatistics, typicalStatistics } from '../../src/data/index.ts';

const config = fileURLToPath(new URL('../../examples/flair2/rgb-sentinel.yaml', import.meta.url));
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentinel-use-'));
  file = join(folder, 'statistics.json');
  const images = {
    IMG_000001: { means: [0.2, 0.3], stds: [0.1, 0.1] },
    IMG_000002: { means: [0.4, 0.1], stds: [0.2, 0] },
  };
  await writeFile(file, JSON.stringify({ images }));
});
afterAll(() => rm(folder, { recursive: true }));

it('a map by a network that normalises by Sentinel-2 is refused, unless one normalisation is named', async () => {
  const flags = { config, model: 'best.ckpt', output: 'map.tif' };
  const refused = mapConfigOfFlags('ortho.tif', flags);
  await expect(refused).rejects.toThrow(FlagError);
  await expect(refused).rejects.toThrow('statistics of its own (Sentinel-2)');
  const normal = { norm: 'custom', means: [1, 2, 3], stds: [4, 5, 6] } as const;
  const { config: map } = await mapConfigOfFlags('ortho.tif', { ...flags, ...normal });
  expect(map.normalization).toEqual({ kind: 'custom', means: [1, 2, 3], stds: [4, 5, 6] });
});

it('images without statistics of their own, or with a channel that cannot divide, are named', async () => {
  const images = ['a/IMG_000001.tif', 'a/IMG_000002.tif', 'a/IMG_000003.tif'];
  expect(imagesWithoutStatistics(file, 2, images)).toEqual(images.slice(1));
  const normalization = { kind: 'sentinel', file, means: [1, 1], stds: [1, 1] } as const;
  expect(await sentinelRemark({ normalization, channels: [1, 2] }, images)).toContain(
    '2 of 3 images have no Sentinel statistics',
  );
  expect(await sentinelRemark({ normalization, channels: [1, 2] }, images.slice(0, 1))).toBeNull();
});

it('what images have on average is the mean of their numbers', () => {
  const images = [
    { means: [1, 2], stds: [1, 1] },
    { means: [3, 6], stds: [2, 3] },
  ];
  expect(typicalStatistics(images)).toEqual({ means: [2, 4], stds: [1.5, 2] });
  expect(typicalStatistics([])).toBeNull();
});
