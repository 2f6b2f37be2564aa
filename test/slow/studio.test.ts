// About 7 minutes on two cores.
/// <reference lib="dom" />
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openRaster } from '../../src/raster/index.ts';
import { arpent } from '../cli/call.ts';
import { dropFile, startChromium, type WatchedPage, watchedPage } from '../studio/browser.ts';
import { faintTexts, overflow, overlayPixels } from '../studio/page-probes.ts';
import { makeStudio, type StudioFixture } from '../studio/studio-fixture.ts';
import { examples, type StudioProcess, serveApart, temporaryFolder } from '../studio/support.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 900_000 });

/** `ARPENT_SCREENSHOTS=1` renews the pictures of docs/studio.md. */
const pictures = process.env.ARPENT_SCREENSHOTS === undefined ? null : 'docs/images';
const folder = temporaryFolder();
/** `ARPENT_STUDIO_FIXTURE=FOLDER` keeps the trained networks for the next time. */
const kept = process.env.ARPENT_STUDIO_FIXTURE ?? folder;
let fixture: StudioFixture;
let studio: StudioProcess;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
/** Requests under way; one that was given up without a word counts for some seconds only. */
const under = new Map<Request, number>();

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

let port = 0;
const serve = () =>
  serveApart({
    ...{ port, state: join(folder, 'state'), web: fixture.web },
    images: [join(kept, 'images'), examples],
    models: [fixture.models],
    runs: [fixture.runs],
    data: [examples],
  });

beforeAll(async () => {
  browser = await startChromium();
  fixture = await makeStudio(kept, 2000);
  port = await freePort();
  studio = await serve();
  watched = await watchedPage(browser, { locale: 'en-GB' });
  page = watched.page;
  page.setDefaultTimeout(120_000);
  page.on('request', (request) => under.set(request, performance.now()));
  page.on('requestfinished', (request) => under.delete(request));
  page.on('requestfailed', (request) => under.delete(request));
  await page.goto(studio.url);
  await page.waitForFunction(() => document.querySelectorAll('#model option').length >= 3);
});
afterAll(() => browser?.close());
afterEach(() => expect(watched.complaints.splice(0)).toEqual([]));

async function picture(name: string): Promise<void> {
  if (pictures === null) return;
  const path = fileURLToPath(new URL(`../../${pictures}/studio-${name}.png`, import.meta.url));
  await page.screenshot({ path });
}

/** Every picture in sight has come. */
const pictured = () =>
  page.waitForFunction(() =>
    [...document.images]
      .filter((image) => image.checkVisibility() && image.getBoundingClientRect().top < innerHeight)
      .every((image) => image.complete && image.naturalWidth > 0),
  );

/** All tiles that were asked for are there, and areas are counted: nothing has loaded for a second. */
async function settled(): Promise<void> {
  const end = performance.now() + 240_000;
  for (let quiet = 0; quiet < 5; ) {
    await page.waitForTimeout(250);
    const loading = await page.evaluate(
      () => Number((document.querySelector('.map-room') as HTMLElement).dataset.loading ?? 0) > 0,
    );
    const waits = [...under.values()].some((since) => performance.now() - since < 20_000);
    quiet = loading || waits ? 0 : quiet + 1;
    if (performance.now() > end) throw new Error('tiles are still missing after four minutes');
  }
}

const choose = (id: string, label: string) => page.selectOption(`#${id}`, { label });
const rowsOfLegend = () =>
  page.$$eval('#legend tbody tr', (rows) => rows.map((row) => Number((row as HTMLElement).dataset.pixels)));

/** Share of the labelled pixels of one picture that are the same in the other. */
function agreement(a: readonly number[], b: readonly number[]): number {
  const labelled = a.flatMap((value, i) => (value === 0 && b[i] === 0 ? [] : [i]));
  expect(labelled.length).toBeGreaterThan(10_000);
  return labelled.filter((i) => a[i] === b[i]).length / labelled.length;
}

test('first labels come within 3 s of dropping a GeoTIFF of 2000 × 2000 pixels', async () => {
  await choose('model', 'first.ckpt');
  await page.waitForTimeout(4000); // The server loads the model that is chosen first when the page opens.
  const start = await dropFile(page, '.stage', readFileSync(fixture.ortho), 'ortho.tif');
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.overlay canvas');
    const { width = 0, height = 0 } = canvas ?? {};
    if (canvas === null || width * height === 0) return false;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) return true;
    return false;
  });
  const seconds = (performance.now() - start) / 1000;
  process.stderr.write(`first labels after ${seconds.toFixed(2)} s\n`);
  await settled();
  expect(await page.textContent('#about')).toMatch(
    /ortho\.tif: 2,000 × 2,000 · 3 × uint8 · 0\.2 m · EPSG:2154/,
  );
  expect((await rowsOfLegend()).reduce((sum, pixels) => sum + pixels, 0)).toBe(4_000_000);
  await picture('map');
  expect(seconds).toBeLessThan(3);
});

test('a click tells what a pixel is', async () => {
  await page.click('.map', { position: { x: 300, y: 300 } });
  await page.waitForSelector('#inspector li');
  const shares = await page.$$eval('#inspector li .number', (texts) =>
    texts.map((text) => Number.parseFloat(text.textContent ?? '')),
  );
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0);
});

test('the border divides image and prediction, and follows the keyboard', async () => {
  await choose('left', 'Image');
  await choose('right', 'Prediction');
  await settled();
  const parts = async () => {
    const { width, values } = await overlayPixels(page);
    const half = (from: number, to: number) =>
      values.filter((value, i) => value !== 0 && i % width >= from && i % width < to).length;
    return { left: half(0, width / 2 - 4), right: half(width / 2 + 4, width) };
  };
  expect((await parts()).left).toBe(0);
  expect((await parts()).right).toBeGreaterThan(1000);
  await page.focus('#swipe');
  for (let i = 0; i < 4; i++) await page.keyboard.press('PageDown');
  await page.waitForTimeout(300);
  expect((await parts()).left).toBeGreaterThan(1000);
  for (let i = 0; i < 4; i++) await page.keyboard.press('PageUp');
  await page.waitForTimeout(300);
  await picture('swipe');
});

test('prediction and truth, and a second model, share the map', async () => {
  await page.selectOption('#image', { label: 'dubai/tile-3/image-1.jpg' });
  await settled();
  await choose('left', 'Truth');
  await settled();
  await choose('second', 'second.ckpt');
  await choose('right', 'Second');
  await settled();
  const { values } = await overlayPixels(page);
  expect(values.filter((value) => value !== 0).length).toBeGreaterThan(1000);
  await page.focus('#swipe');
  for (let i = 0; i < 4; i++) await page.keyboard.press('PageUp');
  await page.waitForTimeout(300);
  await picture('compare');
  await choose('second', 'none');
});

test('several models are blended', async () => {
  await page.selectOption('#model', [{ label: 'first.ckpt' }, { label: 'second.ckpt' }]);
  await choose('left', 'Prediction');
  await choose('right', 'Prediction');
  await settled();
  const { values } = await overlayPixels(page);
  expect(values.filter((value) => value !== 0).length).toBeGreaterThan(1000);
});

test('areas of a drawn polygon are those that arpent map counts', async () => {
  await page.selectOption('#model', [{ label: 'first.ckpt' }]);
  await page.selectOption('#image', { label: 'images/ortho.tif' });
  await settled();
  await page.click('#draw');
  const asked = page.waitForRequest(
    (request) => request.postData()?.includes('"finishedOnly":false') === true,
  );
  const places = [
    [180, 160],
    [520, 200],
    [480, 560],
    [240, 470],
  ];
  for (const [x, y] of places) await page.click('.map', { position: { x: x!, y: y! } });
  await page.click('.map', { position: { x: 180, y: 160 } });
  const { polygon } = JSON.parse((await asked).postData()!) as { polygon: number[][][] };
  await page.waitForSelector('#legend[data-scope="polygon"]');
  const shown = await rowsOfLegend();
  await picture('polygon');
  const aoi = join(folder, 'polygon.csv');
  const ring = polygon[0]!.map((place) => place.join(' ')).join(', ');
  writeFileSync(aoi, `WKT,name\n"POLYGON ((${ring}))",drawn\n`);
  const statistics = join(folder, 'polygon.json');
  const flags = ['--tile', '512', '--margin', '64', '--blend', 'crop', '--aoi', aoi];
  const out = ['-o', join(folder, 'polygon.tif'), '--statistics', statistics, '--quiet'];
  expect(await arpent('map', fixture.ortho, '--model', fixture.checkpoint, ...flags, ...out)).toMatchObject({
    code: 0,
  });
  const [expected] = JSON.parse(readFileSync(statistics, 'utf8')) as { classes: { pixels: number }[] }[];
  expect(shown).toEqual(expected!.classes.map(({ pixels }) => pixels));
  expect(shown.reduce((sum, pixels) => sum + pixels, 0)).toBeGreaterThan(100_000);
  await page.click('#clear');
});

test('the browser predicts what the server predicts from the same file', async () => {
  await page.selectOption('#model', [{ label: 'first.onnx' }]);
  await page.selectOption('#image', { label: 'dubai/tile-3/image-2.jpg' });
  await settled();
  const server = await overlayPixels(page);
  await choose('where', 'in this browser (ONNX)');
  await page.waitForFunction(() =>
    /^ONNX Runtime Web|Predicting|Ready/.test(document.querySelector('#status')!.textContent!),
  );
  await settled();
  const here = await overlayPixels(page);
  const share = agreement(server.values, here.values);
  process.stderr.write(
    `pixels equal in browser and server, windows cropped: ${(share * 100).toFixed(3)} %\n`,
  );
  expect(share).toBeGreaterThanOrEqual(0.995);
  await picture('browser');
});

test('a whole map blended in the browser is the one of a job on the server', async () => {
  await page.click('#make');
  await page.waitForSelector('.map-room[data-mapped="whole"]', { timeout: 280_000 });
  await settled();
  const here = await overlayPixels(page);
  await choose('where', 'on the server');
  await page.selectOption('#model', [{ label: 'first.onnx' }]);
  await settled();
  await page.click('#make');
  await page.click('nav a[href="#jobs"]');
  await page.waitForSelector('[data-state="done"]', { timeout: 280_000 });
  await page.click('[data-state="done"] button[data-key$="-show"]');
  await settled();
  const job = await overlayPixels(page);
  const share = agreement(job.values, here.values);
  process.stderr.write(`pixels equal in browser and job, windows blended: ${(share * 100).toFixed(3)} %\n`);
  expect(share).toBeGreaterThanOrEqual(0.995);
});

test('a job survives the end of the server', async () => {
  await page.click('nav a[href="#map"]');
  await page.selectOption('#model', [{ label: 'second.ckpt' }]);
  await page.selectOption('#image', { label: 'images/ortho.tif' });
  await settled();
  await page.click('#make');
  await page.click('nav a[href="#jobs"]');
  const first = '.jobs li.card:first-child';
  await page.waitForFunction(
    () => Number(document.querySelector<HTMLProgressElement>('.jobs li.card progress')?.value) > 0,
  );
  await studio.kill('SIGKILL');
  studio = await serve();
  await page.waitForSelector(`${first}[data-state="done"]`, { timeout: 200_000 });
  await picture('jobs');
  const href = await page.getAttribute(`${first} a[href$="-map.tif"]`, 'href');
  const bytes = Buffer.from(await (await fetch(`${studio.url}${href}`)).arrayBuffer());
  const file = join(folder, 'downloaded.tif');
  writeFileSync(file, bytes);
  await using map = await openRaster(file);
  expect([map.width, map.height]).toEqual([2000, 2000]);
  // Between the two servers the page asked in vain, and said so.
  watched.complaints.splice(0);
});

/** What GDAL's own program says of something. */
async function gdalinfo(what: string): Promise<string> {
  const env = { ...process.env, GDAL_DEFAULT_WMS_CACHE_PATH: join(folder, 'tile-cache') };
  return promisify(execFile)('gdalinfo', ['-checksum', what], { env }).then(
    ({ stdout }) => stdout,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new Error('gdalinfo is not installed → apt-get install gdal-bin');
      throw error;
    },
  );
}

test('GDAL, and so QGIS, reads a finished map by WMTS and by XYZ tiles', async () => {
  const jobs = (await (await fetch(`${studio.url}/api/jobs`)).json()) as {
    id: string;
    state: string;
    name: string;
  }[];
  const { id } = jobs.find(({ state, name }) => state === 'done' && name === 'ortho.tif')!;
  const wmts = await gdalinfo(`WMTS:${studio.url}/api/jobs/${id}/wmts`);
  expect(wmts).toContain('Size is 2000, 2000');
  expect(wmts).toMatch(/Pixel Size = \(0\.2\d*,-0\.2\d*\)/);
  expect(wmts).toContain('2154');
  expect(wmts).not.toMatch(/Checksum=0\b/);
  const half = 20037508.342789244;
  const xyz = join(folder, 'xyz.xml');
  writeFileSync(
    xyz,
    `<GDAL_WMS><Service name="TMS"><ServerUrl>${studio.url}/api/jobs/${id}/xyz/\${z}/\${x}/\${y}.png</ServerUrl></Service>
<DataWindow><UpperLeftX>${-half}</UpperLeftX><UpperLeftY>${half}</UpperLeftY><LowerRightX>${half}</LowerRightX><LowerRightY>${-half}</LowerRightY><TileLevel>4</TileLevel><YOrigin>top</YOrigin></DataWindow>
<Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY><BandsCount>4</BandsCount></GDAL_WMS>`,
  );
  expect(await gdalinfo(xyz)).toContain('Size is 4096, 4096');
});

test('a map on a page elsewhere shows a finished map, and may not see the list of jobs', async () => {
  const jobs = (await (await fetch(`${studio.url}/api/jobs`)).json()) as {
    id: string;
    state: string;
    name: string;
  }[];
  const { id } = jobs.find(({ state, name }) => state === 'done' && name === 'ortho.tif')!;
  const elsewhere = createHttpServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>'),
  ).listen(0, '127.0.0.1');
  const foreign = await browser.newPage();
  try {
    await foreign.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const seen = await foreign.evaluate(
      async ([base, job]) => {
        const tile = `${base}/api/jobs/${job}/xyz/0/0/0.png`;
        const shown = await new Promise<number>((resolve) => {
          const image = new Image();
          image.onload = () => resolve(image.naturalWidth);
          image.onerror = () => resolve(0);
          image.src = tile;
        });
        const read = await fetch(tile).then(
          ({ status }) => status,
          () => 0,
        );
        const list = await fetch(`${base}/api/jobs`).then(
          ({ status }) => status,
          () => 0,
        );
        return { shown, read, list };
      },
      [studio.url, id],
    );
    expect(seen).toEqual({ shown: 256, read: 200, list: 0 });
  } finally {
    await foreign.close();
    elsewhere.close();
  }
});

test('runs show curves, confusion and worst patches, side by side', async () => {
  await page.click('nav a[href="#training"]');
  await page.waitForSelector('.chart polyline');
  await page.selectOption('#run', { label: 'first' });
  await page.selectOption('#other', { label: 'second' });
  await page.waitForFunction(
    () => document.querySelectorAll('.chart polyline[stroke-dasharray]').length >= 4,
  );
  const charts = await page.$$eval('.chart figcaption', (titles) => titles.map((title) => title.textContent));
  expect(charts).toEqual(['Loss', 'Mean IoU', 'IoU by class']);
  expect(await page.$$eval('.confusion table', (tables) => tables.length)).toBe(2);
  // Worst first, with image, truth and prediction of each.
  const cards = '.patch-browser .card';
  await page.waitForFunction((path) => document.querySelectorAll(path).length === 12, cards);
  const scores = await page.$$eval('.patch-browser:first-of-type .card p', (texts) =>
    texts.map((text) => Number.parseFloat(text.textContent!.replace('mIoU ', ''))),
  );
  expect(scores).toEqual([...scores].sort((a, b) => a - b));
  expect(await page.$$eval(`${cards} img`, (images) => images.length)).toBe(36);
  await page.locator('.training').evaluate((part) => part.parentElement!.scrollTo(0, 0));
  await picture('training');
  await page.locator('.patch-browser').first().scrollIntoViewIfNeeded();
  await page
    .locator('.patch-browser')
    .first()
    .evaluate((part) => part.scrollIntoView());
  await pictured();
  await picture('patches');
  await page.locator('.training').evaluate((part) => part.parentElement!.scrollTo(0, 0));
});

test('data sets are leafed through', async () => {
  await page.click('nav a[href="#data"]');
  await page.selectOption('#list', { label: 'dubai/train.csv' });
  await page.waitForFunction(() =>
    /^1–12 of/.test(document.querySelector('.room:not([hidden]) .number')!.textContent!),
  );
  await pictured();
  // Masks that are painted name their classes by themselves.
  expect(await page.$$eval('.patches .name', (names) => names.map((name) => name.textContent))).toContain(
    'water',
  );
  await picture('data');
  await page.locator('.room:not([hidden]) button', { hasText: 'Next' }).first().click();
  await page.waitForFunction(() =>
    /^13–/.test(document.querySelector('.room:not([hidden]) .number')!.textContent!),
  );
  expect(await page.$$eval('.patches img', (images) => images.length)).toBeGreaterThan(10);
  await page.locator('.room:not([hidden]) .patches button').first().click();
  await settled();
});

test('everything is done by keyboard: rooms, moving, zooming, asking, drawing', async () => {
  await page.focus('.top nav a');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.hash === '#jobs');
  await page.focus('.top nav a');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.hash === '#map');
  await page.selectOption('#image', { label: 'images/ortho.tif' });
  await settled();
  await page.focus('.map');
  await page.keyboard.press('+');
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(800);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#inspector li');
  await page.focus('#draw');
  await page.keyboard.press('Enter');
  await page.focus('.map');
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft']) {
    await page.keyboard.press('Space');
    await page.keyboard.press(key);
    await page.waitForTimeout(400);
  }
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#legend[data-scope="polygon"]');
  await page.click('#clear');
});

test('French and English', async () => {
  await page.click('.language');
  await page.waitForSelector('html[lang="fr"]');
  expect(await page.$$eval('.top nav a', (links) => links.map((link) => link.textContent))).toEqual([
    'Carte',
    'Travaux',
    'Apprentissage',
    'Données',
  ]);
  await page.click('.language');
  await page.waitForSelector('html[lang="en"]');
});

test.each([
  ['phone', 390, 844, 'light'],
  ['phone', 390, 844, 'dark'],
  ['desktop', 1280, 800, 'dark'],
] as const)(
  'nothing sticks out and every text is readable: %s, %i × %i, %s',
  async (name, width, height, scheme) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    for (const room of ['map', 'jobs', 'training', 'data']) {
      await page.click(`nav a[href="#${room}"]`);
      await page.waitForTimeout(700);
      expect(await overflow(page), room).toEqual([]);
      expect(await faintTexts(page), room).toEqual([]);
      if (name !== 'phone' || scheme !== 'light') continue;
      if (room === 'map') {
        await page.selectOption('#image', { label: 'dubai/tile-3/image-1.jpg' });
        await settled();
      }
      await pictured();
      await picture(`phone-${room}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
  },
);
