import type { ConfigReading } from './config-reading.ts';
import { formatPath, isPlainMap, type KeyPath, type PlainMap, type PlainValue } from './config-tree.ts';
import type { JsonSchema } from './schema.ts';

const ENCODER_DECODER: KeyPath = ['model_framework', 'SegmentationModelsPytorch', 'encoder_decoder'];
const PROVIDER: KeyPath = ['model_framework', 'model_provider'];

/** Puts a value under its present name; an error when that name is set as well. */
export function rename(reading: ConfigReading, from: KeyPath, to: KeyPath): void {
  const { tree } = reading;
  if (!tree.has(from)) return;
  if (tree.has(to)) {
    const line = reading.lineOf(to);
    const other = `${formatPath(tree.originOf(to)?.writtenAs ?? to)}${line === null ? '' : ` on line ${line}`}`;
    reading.error('conflict', from, `this says the same as ${other}; keep one of them`);
    tree.delete(from);
  } else {
    tree.move(from, to);
  }
}

/** Older names and the flat layout of IGN's README become today's nested layout. */
export function normalizeFlairLayout(reading: ConfigReading, schema: JsonSchema): void {
  rename(reading, ['tasks', 'train_load_ckpt'], ['tasks', 'train_tasks', 'init_weights_only_from_ckpt']);
  rename(reading, ['train_load_ckpt'], ['tasks', 'train_tasks', 'init_weights_only_from_ckpt']);
  rename(reading, ['bands'], ['channels']);
  nestFlatKeys(reading, schema);
  joinModelNames(reading, 'model_architecture');
}

/** Moves `train_csv: …` at the top level to `paths.train_csv`, and so on for every nested key. */
function nestFlatKeys(reading: ConfigReading, schema: JsonSchema): void {
  for (const [section, fields] of Object.entries(schema.properties ?? {})) {
    for (const path of leafPaths(fields, [section])) {
      const leaf = path.at(-1)!;
      for (let length = path.length - 2; length >= 0; length--) {
        const from = [...path.slice(0, length), leaf];
        if (!isPlainMap(reading.tree.get(from))) rename(reading, from, path);
      }
    }
  }
}

function leafPaths(schema: JsonSchema, path: KeyPath): KeyPath[] {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return path.length > 1 ? [path] : [];
  return properties.flatMap(([key, child]) => leafPaths(child, [...path, key]));
}

/** `model_architecture: unet` (or `model_name`) and `encoder_name: resnet34` become `encoder_decoder: resnet34_unet`. */
export function joinModelNames(reading: ConfigReading, decoderKey: string): void {
  const { tree } = reading;
  const decoder = tree.get([decoderKey]);
  const encoder = tree.get(['encoder_name']);
  if (decoder === undefined && encoder === undefined) return;
  for (const [key, value] of [
    [decoderKey, decoder],
    ['encoder_name', encoder],
  ] as const) {
    if (value !== undefined && typeof value !== 'string') reading.error('wrong-value', [key], 'give a name');
  }
  const written = tree.originOf(decoder === undefined ? ['encoder_name'] : [decoderKey]);
  tree.delete([decoderKey]);
  tree.delete(['encoder_name']);
  if (tree.get(ENCODER_DECODER) !== undefined && tree.get(ENCODER_DECODER) !== null) return;
  tree.set(ENCODER_DECODER, `${text(encoder, 'resnet34')}_${text(decoder, 'unet')}`);
  if (written !== undefined) tree.setOrigin(ENCODER_DECODER, written);
  if (!tree.has(PROVIDER)) {
    tree.set(PROVIDER, 'SegmentationModelsPytorch');
    if (written !== undefined) tree.setOrigin(PROVIDER, written);
  }
}

function text(value: PlainValue | undefined, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

/** Older layouts of `flair-detect` files become today's. */
export function normalizeDetectLayout(reading: ConfigReading): void {
  const { tree } = reading;
  rename(reading, ['bands'], ['channels']);
  const layers = tree.get(['zone', 'layers']);
  if (Array.isArray(layers) && layers.length === 1) {
    rename(reading, ['zone', 'layers', 0, 'path'], ['input_img_path']);
    rename(reading, ['zone', 'layers', 0, 'bands'], ['channels']);
  }
  rename(reading, ['zone', 'margin'], ['margin']);
  if (tree.has(['input_img_path'])) tree.delete(['zone', 'layers']);
  if (tree.keysInOrder(['zone']).length === 0) tree.delete(['zone']);
  rename(reading, ['normalization'], ['norma_task']);
  rename(reading, ['norm'], ['norm_type']);
  gatherNormalization(reading);
  for (const key of ['model_provider', 'org_model', 'encoder_decoder']) {
    const holder = {
      model_provider: [],
      org_model: ['HuggingFace'],
      encoder_decoder: ['SegmentationModelsPytorch'],
    }[key];
    const to = ['model_framework', ...(holder ?? []), key];
    rename(reading, [key], to);
    if (to.length > 2) rename(reading, ['model_framework', key], to);
  }
  joinModelNames(reading, 'model_name');
}

/** One map, several maps of one key each, or three keys at the top level: all become a list with one map. */
function gatherNormalization(reading: ConfigReading): void {
  const { tree } = reading;
  const written = tree.get(['norma_task']);
  const origin = tree.originOf(['norma_task']);
  if (isPlainMap(written)) {
    tree.move(['norma_task'], ['norma_task_map']);
    tree.set(['norma_task'], [{}]);
    for (const key of tree.keysInOrder(['norma_task_map'])) {
      tree.move(['norma_task_map', key], ['norma_task', 0, key]);
    }
    tree.delete(['norma_task_map']);
  } else if (Array.isArray(written) && written.length > 1 && written.every(isPlainMap)) {
    for (const [at, item] of written.entries()) {
      if (at === 0) continue;
      for (const key of Object.keys(item as PlainMap))
        rename(reading, ['norma_task', at, key], ['norma_task', 0, key]);
    }
    written.length = 1;
  }
  for (const key of ['norm_type', 'norm_means', 'norm_stds']) {
    if (!tree.has([key])) continue;
    if (!isPlainMap(tree.get(['norma_task', 0]))) tree.set(['norma_task'], [{}]);
    rename(reading, [key], ['norma_task', 0, key]);
  }
  if (origin !== undefined) tree.setOrigin(['norma_task'], origin);
}
