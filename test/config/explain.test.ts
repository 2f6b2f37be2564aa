import { expect, test } from 'vitest';
import { explainText, formatExplanation, SourceText } from '../../src/config/index.ts';
import { ARPENT_FULL, DETECT_FLAT, FLAIR_2023, LEGACY } from './samples.ts';

const FILES = {
  'flair-2023': FLAIR_2023,
  'detect-flat': DETECT_FLAT,
  'flair-legacy': LEGACY,
  'arpent-full': ARPENT_FULL,
};

for (const [name, text] of Object.entries(FILES)) {
  test(`${name} is explained key by key`, async () => {
    const explanation = explainText(new SourceText(text, `${name}.yaml`), { checkFiles: false });
    await expect(formatExplanation(explanation)).toMatchFileSnapshot(`golden/explained-${name}.txt`);
    for (const { key, meaning } of explanation.keys) {
      if (!key.endsWith('.type')) expect(meaning, key).not.toBe('');
    }
  });
}

test('an explanation tells defaults from lines and older names from present ones', () => {
  const { keys } = explainText(new SourceText(FLAIR_2023, null), { checkFiles: false });
  const of = (key: string) => keys.find((entry) => entry.key === key);
  expect(of('batch_size')).toMatchObject({ value: 5, line: 22, writtenAs: null, unit: 'patches' });
  expect(of('ckpt_monitor')).toMatchObject({ value: 'val_loss', line: null });
  expect(of('tasks.train_tasks.init_weights_only_from_ckpt')).toMatchObject({
    value: true,
    writtenAs: 'tasks.train_load_ckpt',
  });
  expect(of('enable_progress_bar')).toMatchObject({ value: true });
});

test('a file with problems is explained together with them', () => {
  const explanation = explainText(new SourceText('seed: 1\nseed: 2\n', 'a.yaml'));
  expect(explanation.keys).toEqual([]);
  expect(formatExplanation(explanation)).toContain('a.yaml:2:1: seed: this key is already set on line 1');
});
