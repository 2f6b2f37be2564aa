#!/usr/bin/env node
// Makes a small data set of FLAIR-2's layout, the same bytes every time: `node examples/flair-data/make.mjs FOLDER`.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cameraOf, PATCH, writePatch } from './aerial.mjs';
import { landscape } from './landscape.mjs';
import { writeSeries } from './sentinel.mjs';

/** Columns and rows of patches in a zone. */
const [COLUMNS, ROWS] = [4, 2];
/** How far the Sentinel images reach beyond the patches, in metres; below 0, patches reach over their border. */
const MARGIN = 120;

/** What is drawn: sets, domains, zones. A few zones show what goes wrong in real series. */
const DOMAINS = [
  { set: 'train', name: 'D001_2020', zones: ['Z1_UA', 'Z2_FN'] },
  { set: 'train', name: 'D006_2021', zones: ['Z1_AA', 'Z2_UN'] },
  { set: 'train', name: 'D014_2020', zones: ['Z1_NF', 'Z2_AU'] },
  { set: 'train', name: 'D031_2019', zones: ['Z1_UU', 'Z2_AF'] },
  { set: 'train', name: 'D049_2020', zones: ['Z1_AN', 'Z2_UF'] },
  { set: 'test', name: 'D061_2020', zones: ['Z1_UA', 'Z2_FA'] },
  { set: 'test', name: 'D084_2021', zones: ['Z1_NA', 'Z2_UN'] },
];
const PECULIAR = {
  'D006_2021-Z2_UN': { weather: 'unnamed' },
  'D014_2020-Z1_NF': { margin: -20 },
  'D031_2019-Z1_UU': { weather: 'clouded' },
  'D061_2020-Z2_FA': { weather: 'unnamed', margin: -20 },
};

const FOLDERS = {
  train: { aerial: 'flair_aerial_train', labels: 'flair_labels_train', sentinel: 'flair_sen_train' },
  test: { aerial: 'aerial_test', labels: 'labels_test', sentinel: 'sen_test' },
};
const CAMERAS = ['UCE-M3-f120-s06', 'CAMERA#030'];

/**
 * Writes patches, masks, Sentinel-2 series, metadata and centroids below a folder, as FLAIR-2 lays them out.
 * @param {string} folder
 * @param {{ seed?: number, domains?: typeof DOMAINS, contest?: 1 | 2, sentinel?: boolean }} [options] `contest` names the folders
 *   of the test set as FLAIR #1 or #2 does; without `sentinel` there are no series
 * @returns {Promise<number>} the number of patches
 */
export async function makeFlair(folder, { seed = 2, domains = DOMAINS, contest = 2, sentinel = true } = {}) {
  const [metadata, centroids] = [{}, {}];
  let number = 0;
  for (const [place, { set, name: domain, zones }] of domains.entries()) {
    const year = Number(domain.slice(5));
    for (const [index, zone] of zones.entries()) {
      const name = `${domain}-${zone}`;
      const { weather, margin = MARGIN } = PECULIAR[name] ?? {};
      const ground = landscape(seed * 1000 + place * 10 + index, zone.slice(3));
      const [west, north] = [600_000 + place * 20_000 + index * 2_000, 6_500_000];
      const start = set === 'test' ? `flair_${contest}_` : '';
      const at = (kind, ...parts) => join(folder, start + FOLDERS[set][kind], domain, zone, ...parts);
      for (let i = 0; i < COLUMNS * ROWS; i++) {
        const [x, y] = [(i % COLUMNS) * PATCH, Math.floor(i / COLUMNS) * PATCH];
        const id = String(++number).padStart(6, '0');
        await writePatch({
          ...{ ground, place: [x, y], corner: [west + x, north - y], camera: cameraOf(place) },
          ...{ seed: [seed, number], image: at('aerial', 'img', `IMG_${id}.tif`) },
          mask: at('labels', 'msk', `MSK_${id}.tif`),
        });
        centroids[`IMG_${id}.tif`] = [y, x].map((from) => Math.floor((from + PATCH / 2 + margin) / 10));
        metadata[`IMG_${id}`] = {
          ...{ patch_centroid_x: west + x + PATCH / 2, patch_centroid_y: north - y - PATCH / 2 },
          ...{ patch_centroid_z: 100 + place, date: `${year}-0${5 + (place % 4)}-14`, time: `1${index}h30` },
          camera: CAMERAS[place % CAMERAS.length],
        };
      }
      if (!sentinel) continue;
      const size = [ROWS, COLUMNS].map((count) => Math.floor((count * PATCH + 2 * margin) / 10));
      const series = { folder: at('sentinel', 'sen'), name, ground, origin: [-margin, -margin], size, year };
      await writeSeries({ ...series, seed: [seed, place, index], ...(weather ? { weather } : {}) });
    }
  }
  await writeFile(join(folder, 'flair_aerial_metadata.json'), JSON.stringify(metadata, null, 1));
  if (!sentinel) return number;
  await writeFile(join(folder, 'flair-2_centroids_sp_to_patch.json'), JSON.stringify(centroids, null, 1));
  return number;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error(`usage: node ${basename(process.argv[1])} FOLDER`);
  console.log(`${await makeFlair(folder)} patches written below ${folder}`);
}
