// `node --import tsx bench/seam-picture.ts [SIDE]`: docs/images/seams.png, where maps differ from a prediction of the whole.
import { resolve } from 'node:path';
import { colorTable } from '../src/core/index.ts';
import { writeFigure } from '../src/evaluation/index.ts';
import { encodeIndexedPng } from '../src/raster/index.ts';
import { handovers, seamMaps, smallWays } from './seam-maps.ts';

const side = Number(process.argv[2] ?? 1024);
/** Where the shown square begins, and its side. */
const [FROM, SHOWN] = [160, 704];
const [GAP, TOP] = [16, 56];
const SIZE = 352;
const palette = colorTable(['#ffffff', '#c2185b', '#d5dae0']);
const [SAME, DIFFERENT, BORDER] = [0, 1, 2];

const { whole, maps } = await seamMaps(side, smallWays);
const panels = maps.map((map, i) => {
  const way = smallWays[i]!;
  const lines = new Set(handovers(side, way));
  const cells = new Uint8Array(SHOWN * SHOWN);
  let different = 0;
  for (let y = 0, at = 0; y < SHOWN; y++) {
    for (let x = 0; x < SHOWN; x++, at++) {
      const [column, row] = [FROM + x, FROM + y];
      const pixel = row * side + column;
      const wrong = map[pixel] !== whole[pixel];
      if (wrong) different++;
      cells[at] = wrong ? DIFFERENT! : lines.has(column) || lines.has(row) ? BORDER! : SAME!;
    }
  }
  const share = `${((100 * different) / cells.length).toFixed(2)} %`;
  return { name: way.name, share, png: encodeIndexedPng(SHOWN, SHOWN, cells, palette) };
});
const width = panels.length * (SIZE + GAP) + GAP;
const height = TOP + SIZE + GAP;
const body = panels.map(({ name, share, png }, i) => {
  const x = GAP + i * (SIZE + GAP);
  return (
    `<text x="${x}" y="24" font-size="15" font-weight="600">${name}</text>` +
    `<text x="${x}" y="44" font-size="12" fill="#59636e">${share} of pixels differ</text>` +
    `<image x="${x}" y="${TOP}" width="${SIZE}" height="${SIZE}" href="data:image/png;base64,${png.toString('base64')}"/>` +
    `<rect x="${x}" y="${TOP}" width="${SIZE}" height="${SIZE}" fill="none" stroke="#c9d1d9"/>`
  );
});
const svg =
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter">` +
  `<rect width="${width}" height="${height}" fill="#ffffff"/>${body.join('')}</svg>`;
const path = resolve(import.meta.dirname, '..', 'docs', 'images', 'seams.png');
await writeFigure(path, { svg, width, height }, { overwrite: true });
console.log(
  `tiles of ${smallWays[0]!.tile}: ${panels.map(({ name, share }) => `${name} ${share}`).join(', ')}; written ${path}`,
);
