import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadRunConfig } from '../../src/config/index.ts';

const path = (name: string) => fileURLToPath(new URL(`../../examples/flair2/${name}`, import.meta.url));

it.each([
  ['rgb-sentinel', 'sentinel', [1, 2, 3]],
  ['rgb-aerial', 'custom', [1, 2, 3]],
  ['rgb-imagenet', 'custom', [1, 2, 3]],
  ['igb-aerial', 'custom', [4, 2, 3]],
  ['igb-pseudo', 'custom', [4, 2, 3]],
])('examples/flair2/%s.yaml is a configuration', async (name, kind, channels) => {
  const { config } = await loadRunConfig(path(`${name}.yaml`), { checkFiles: false });
  expect(config.normalization.kind).toBe(kind);
  expect(config.data.channels).toEqual(channels);
  expect(config.classes).toHaveLength(13);
});
