import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { stringify } from 'yaml';
import { writeOutput } from '../../evaluation/index.ts';
import { CombinationInputError } from '../errors.ts';
import { type CombineOptions, combineRasters } from './combine-rasters.ts';
import type { Combination } from './rule.ts';

const RASTERS = new Set(['.tif', '.tiff', '.png']);
const PICTURES = new Set([...RASTERS, '.jp2', '.jpg', '.jpeg', '.vrt', '.webp']);

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function rastersOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => RASTERS.has(extname(name).toLowerCase())).sort();
}

/** Finds the image that a prediction is of: `PRED_062871.tif` is of `062871` with any extension. */
async function imagesIn(folder: string): Promise<(prediction: string) => string> {
  const stem = (name: string) => basename(name, extname(name));
  const images = (await readdir(folder, { recursive: true })).filter((name) =>
    PICTURES.has(extname(name).toLowerCase()),
  );
  const byStem = new Map(images.map((name) => [stem(name), join(folder, name)]));
  return (prediction) => {
    const image = byStem.get(stem(prediction).replace(/^PRED_/, ''));
    if (image !== undefined) return image;
    throw new CombinationInputError(`there is no image of ${prediction}`, {
      file: folder,
      remedy: 'name the folder of the images that were predicted',
    });
  };
}

const missing = (file: string, other: string) =>
  new CombinationInputError(`the prediction is missing (${other} has it)`, {
    file,
    remedy: 'combine predictions of the same images',
  });

/**
 * Combines folders of predictions, raster by raster and paired by name.
 * @returns the names written.
 * @throws {CombinationInputError} naming a raster that an input lacks.
 */
async function combineFolders(
  combination: Combination,
  output: string,
  options: CombineOptions,
): Promise<string[]> {
  const entries = Object.entries(combination.inputs);
  const names = await rastersOf(entries[0]![1].path);
  if (names.length === 0) {
    throw new CombinationInputError('there are no rasters here', {
      file: entries[0]![1].path,
      remedy: 'name a folder of predictions',
    });
  }
  const known = new Set(names);
  for (const [, { path }] of entries) {
    for (const name of names)
      if (!existsSync(join(path, name))) throw missing(join(path, name), entries[0]![1].path);
    for (const name of await rastersOf(path))
      if (!known.has(name)) throw missing(join(entries[0]![1].path, name), path);
  }
  await mkdir(output, { recursive: true });
  const { onProgress, ...rest } = options;
  const { crf } = combination;
  const imageOf = crf?.image === undefined ? null : await imagesIn(crf.image);
  for (const [place, name] of names.entries()) {
    const inputs = Object.fromEntries(
      entries.map(([input, value]) => [input, { ...value, path: join(value.path, name) }]),
    );
    const followed = imageOf === null ? {} : { crf: { ...crf, image: imageOf(name) } };
    await combineRasters({ ...combination, inputs, ...followed }, join(output, name), rest);
    onProgress?.(place + 1, names.length);
  }
  return names;
}

/**
 * Combines rasters, or folders of rasters, and records the rule beside the output (`<output>.rule.yaml`, or
 * `rule.yaml` in the folder).
 * @returns how many rasters were written, and the record's path.
 * @throws as {@link combineRasters}
 */
export async function combine(
  combination: Combination,
  output: string,
  options: CombineOptions = {},
): Promise<{ readonly rasters: number; readonly record: string }> {
  const folders = await Promise.all(Object.values(combination.inputs).map(({ path }) => isFolder(path)));
  if (folders.includes(true) && folders.includes(false)) {
    throw new CombinationInputError('some inputs are folders, others rasters', {
      remedy: 'name rasters only, or folders only',
    });
  }
  const record = folders[0] === true ? join(output, 'rule.yaml') : `${output}.rule.yaml`;
  let rasters = 1;
  if (folders[0] === true) rasters = (await combineFolders(combination, output, options)).length;
  else await combineRasters(combination, output, options);
  await writeOutput(record, stringify(combination, { aliasDuplicateObjects: false }), {
    overwrite: options.overwrite ?? false,
  });
  return { rasters, record };
}
