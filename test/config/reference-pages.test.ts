import { expect, test } from 'vitest';
import type { z } from 'zod';
import { CONFIG_FORMATS } from '../../src/config/formats.ts';
import {
  editorSchema,
  explainText,
  parseRunConfig,
  referencePage,
  SourceText,
} from '../../src/config/index.ts';
import { type JsonSchema, toJsonSchema } from '../../src/config/schema.ts';
import { DETECT_SAMPLE, FLAIR_SAMPLE, LEGACY, repositoryText } from './samples.ts';

const FORMATS = Object.keys(CONFIG_FORMATS) as (keyof typeof CONFIG_FORMATS)[];

test.each(FORMATS)('docs/config/%s.md is made from the present schema', async (format) => {
  await expect(referencePage(format)).toMatchFileSnapshot(`../../docs/config/${format}.md`);
});

test.each(FORMATS)('every field of %s has a meaning', (format) => {
  const visit = (schema: JsonSchema, key: string) => {
    for (const [name, child] of Object.entries(schema.properties ?? {})) {
      if (child.const === undefined) expect(child.description, `${key}.${name}`).toBeTruthy();
      visit(child, `${key}.${name}`);
    }
    for (const choice of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) visit(choice, key);
    if (typeof schema.items === 'object') visit(schema.items, `${key}[]`);
  };
  visit(toJsonSchema(CONFIG_FORMATS[format].schema), format);
});

test('the editor schema of our own file marks unknown keys, those of IGN do not', () => {
  expect(editorSchema('arpent')).toMatchObject({
    additionalProperties: false,
    properties: {
      data: { additionalProperties: false, properties: { masks: { additionalProperties: false } } },
    },
  });
  expect(editorSchema('flair').additionalProperties).toBeUndefined();
});

test.each([
  ['flair', FLAIR_SAMPLE],
  ['flair-detect', DETECT_SAMPLE.replace('output_path:', 'output_path: out')],
  ['flair-legacy', LEGACY],
] as const)('the defaults of %s are the values of the sample file', (format, text) => {
  const sample = explainText(new SourceText(text, null), { format, checkFiles: false });
  const written = sample.keys.filter(({ line }) => line !== null);
  expect(written.length).toBeGreaterThan(15);
  const { schema } = CONFIG_FORMATS[format];
  const required = { output_path: 'out', input_img_path: 'a.tif', model_weights: 'w.pth' };
  const defaults = (schema as z.ZodType<Record<string, unknown>>).parse(
    format === 'flair-detect' ? required : {},
  );
  const flat = new Map<string, unknown>();
  const flatten = (value: unknown, key: string) => {
    flat.set(key, value);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      flatten(child, Array.isArray(value) ? `${key}[${name}]` : key === '' ? name : `${key}.${name}`);
    }
  };
  flatten(defaults, '');
  const place =
    /csv|path|weights$|out_folder|out_model_name|output_name|encoder_decoder|use_metadata|use_augmentation/;
  for (const { key, value } of written.filter((entry) => !place.test(entry.key))) {
    expect(flat.get(key), key).toEqual(value);
  }
});

test('the smallest arpent.yaml of the guide loads', () => {
  const guide = repositoryText('docs/config/README.md');
  const text = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  const { config, warnings } = parseRunConfig(new SourceText(text, null), { checkFiles: false });
  expect(warnings).toEqual([]);
  expect(config.classes).toHaveLength(12);
});
