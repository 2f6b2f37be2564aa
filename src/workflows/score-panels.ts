import { basename, join } from 'node:path';
import type { MaskConfig } from '../config/index.ts';
import type { ClassDefinition } from '../core/index.ts';
import { maskDecoder, readPatch } from '../data/index.ts';
import {
  type ImageCounts,
  type PanelRow,
  panelsFigure,
  type RankedImage,
  rankImages,
  writeFigure,
} from '../evaluation/index.ts';
import { openRaster, pixelBlock } from '../raster/index.ts';

/** Where the pictures of scored pairs come from. */
export interface PanelSources {
  /** Image of a truth raster; undefined where there is none to show. */
  readonly imageOf: (truth: string) => string | undefined;
  /** 1-based bands that the network sees; the first three are shown. */
  readonly channels: readonly number[];
  readonly masks: MaskConfig;
}

/** Patches in one figure. */
const ROWS = 4;

async function panelRow(
  { pair, scores }: RankedImage,
  classes: readonly ClassDefinition[],
  { imageOf, channels, masks }: PanelSources,
): Promise<PanelRow[]> {
  const image = imageOf(pair.truth);
  if (image === undefined) return [];
  const patch = { image, mask: pair.truth, list: null, line: null };
  const sample = await readPatch(patch, {
    channels: channels.length >= 3 ? channels.slice(0, 3) : channels.slice(0, 1),
    decodeMask: maskDecoder({ ...masks, unknown: 'ignore' }, classes.length),
    maskColors: masks.encoding.kind === 'colors',
  });
  await using prediction = await openRaster(pair.prediction);
  const { data } = await prediction.read({ bands: [1] });
  return [
    {
      image: pixelBlock(sample.image, sample.channels, sample.height, sample.width),
      ...(sample.mask ? { truth: sample.mask } : {}),
      prediction: Uint8Array.from(data),
      caption: `${basename(image)}: mIoU ${scores.miou.toFixed(1)} %`,
    },
  ];
}

/**
 * Draws image, truth, prediction and errors of the worst patches, and of typical ones (about the median).
 * @returns the figures' paths; none where no image can be shown
 */
export async function drawScorePanels(
  folder: string,
  images: readonly ImageCounts[],
  classes: readonly ClassDefinition[],
  sources: PanelSources,
  options: { readonly overwrite: boolean },
): Promise<string[]> {
  const ranked = rankImages(images, classes);
  const middle = Math.max(0, Math.floor((ranked.length - ROWS) / 2));
  const written: string[] = [];
  for (const { stem, title, chosen } of [
    { stem: 'panels_worst', title: 'Worst patches', chosen: ranked.slice(0, ROWS) },
    { stem: 'panels_typical', title: 'Typical patches', chosen: ranked.slice(middle, middle + ROWS) },
  ]) {
    const rows: PanelRow[] = [];
    for (const image of chosen) rows.push(...(await panelRow(image, classes, sources)));
    if (rows.length === 0) continue;
    const path = join(folder, `${stem}.png`);
    await writeFigure(path, panelsFigure(rows, classes, { title, errors: true }), options);
    written.push(path);
  }
  return written;
}
