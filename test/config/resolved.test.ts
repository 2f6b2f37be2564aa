import { expect, test } from 'vitest';
import { parseMapConfig, parseRunConfig, SourceText } from '../../src/config/index.ts';
import {
  ARPENT_FULL,
  ARPENT_SMALL,
  DETECT_FILLED,
  DETECT_FLAT,
  DETECT_ZONE,
  FLAIR_2023,
  FLAIR_FILLED,
  FLAIR_FLAT,
  LEGACY,
} from './samples.ts';

const options = { baseFolder: '/project', checkFiles: false };

const RUNS = {
  'flair-sample': FLAIR_FILLED,
  'flair-2023': FLAIR_2023,
  'flair-flat': FLAIR_FLAT,
  'flair-legacy': LEGACY,
  'arpent-small': ARPENT_SMALL,
  'arpent-full': ARPENT_FULL,
};

const MAPS = { 'detect-sample': DETECT_FILLED, 'detect-flat': DETECT_FLAT, 'detect-zone': DETECT_ZONE };

/** The resolved configuration and the warnings, as one readable text. */
function printed({
  config,
  warnings,
}: {
  config: unknown;
  warnings: readonly { problem: string; key: string | null }[];
}) {
  const said = warnings.map(({ key, problem }) => `# ${key}: ${problem}\n`).join('');
  return `${said}${JSON.stringify(config, null, 1)}\n`;
}

for (const [name, text] of Object.entries(RUNS)) {
  test(`${name} resolves to the golden run`, async () => {
    const loaded = parseRunConfig(new SourceText(text, null), options);
    await expect(printed(loaded)).toMatchFileSnapshot(`golden/${name}.txt`);
    expect(JSON.parse(JSON.stringify(loaded.config))).toEqual(loaded.config);
  });
}

for (const [name, text] of Object.entries(MAPS)) {
  test(`${name} resolves to the golden map`, async () => {
    const loaded = parseMapConfig(new SourceText(text, null), options);
    await expect(printed(loaded)).toMatchFileSnapshot(`golden/${name}.txt`);
    expect(JSON.parse(JSON.stringify(loaded.config))).toEqual(loaded.config);
  });
}
