import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CorruptRasterError,
  NotARasterError,
  openRaster,
  RasterNotFoundError,
  RemoteNotAllowedError,
  UntrustedPathError,
} from '../../src/raster/index.ts';
import { makeWithGdal, randomBlock, temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();
const block = randomBlock(8, 'uint8', 3, 300, 300);
const tiled = ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64', 'COMPRESS=DEFLATE'];

/** A fresh file of a format, whole. */
function makeFile(name: string, driver: string, options: readonly string[] = []): string {
  const path = join(folder, name);
  makeWithGdal(path, block, { driver, dataType: 'uint8', options });
  return path;
}

/** Open and read everything: the error, wherever it comes from. */
async function failure(path: string): Promise<unknown> {
  try {
    await using raster = await openRaster(path);
    await raster.read();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('a missing file is named', async () => {
  const error = await failure(join(folder, 'nowhere.tif'));
  expect(error).toBeInstanceOf(RasterNotFoundError);
  expect((error as Error).message).toContain('nowhere.tif');
});

test('what is no raster is named: text, an empty file, a folder, a table', async () => {
  for (const [name, content] of [
    ['text.tif', 'not a raster at all'],
    ['empty.tif', ''],
    ['table.csv', 'a,b\n1,2\n'],
  ] as const) {
    writeFileSync(join(folder, name), content);
    expect(await failure(join(folder, name))).toBeInstanceOf(NotARasterError);
  }
  mkdirSync(join(folder, 'inner'));
  expect(await failure(join(folder, 'inner'))).toBeInstanceOf(NotARasterError);
});

describe.each([
  ['tif', 'GTiff', tiled],
  ['big.tif', 'GTiff', [...tiled, 'BIGTIFF=YES']],
  ['png', 'PNG', []],
  ['jpg', 'JPEG', []],
  ['jp2', 'JP2OpenJPEG', []],
] as const)('a damaged %s', (extension, driver, options) => {
  test.each([0.1, 0.5, 0.9])(
    'cut to %f of its length is told, never read as if it were whole',
    async (share) => {
      const path = makeFile(`cut-${share}.${extension}`, driver, options);
      truncateSync(path, Math.floor(statSync(path).size * share));
      const error = await failure(path);
      expect(error instanceof CorruptRasterError || error instanceof NotARasterError).toBe(true);
      expect((error as Error).message).toContain(path);
    },
  );
});

test('a flipped block of a GeoTIFF is told with its band and window; other windows stay readable', async () => {
  const path = makeFile('flipped.tif', 'GTiff', [...tiled, 'INTERLEAVE=BAND']);
  const bytes = readFileSync(path);
  bytes.fill(0xa5, bytes.length - 2000);
  writeFileSync(path, bytes);
  await using raster = await openRaster(path);
  const results = await Promise.allSettled(
    [1, 2, 3].flatMap((band) =>
      [0, 64, 128, 192, 256].map((y) => raster.read({ x: 256, y, width: 40, height: 40, bands: [band] })),
    ),
  );
  const failed = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as CorruptRasterError] : [],
  );
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(results.length);
  for (const error of failed) {
    expect(error).toBeInstanceOf(CorruptRasterError);
    expect(error.place.band).toBe(3);
  }
});

test('a mosaic whose source has gone names the mosaic', async () => {
  const path = join(folder, 'broken.vrt');
  writeFileSync(
    path,
    `<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
     <SourceFilename relativeToVRT="1">gone.tif</SourceFilename><SourceBand>1</SourceBand>
     <SourceProperties RasterXSize="9" RasterYSize="9" DataType="Byte" BlockXSize="9" BlockYSize="9"/>
     <SrcRect xOff="0" yOff="0" xSize="9" ySize="9"/><DstRect xOff="0" yOff="0" xSize="9" ySize="9"/>
     </SimpleSource></VRTRasterBand></VRTDataset>`,
  );
  const error = await failure(path);
  expect(error).toBeInstanceOf(CorruptRasterError);
  expect((error as Error).message).toContain('gone.tif');
});

describe('what a stranger may open', () => {
  const plain = makeFile('plain.tif', 'GTiff', tiled);

  test('is a plain file of a self-contained format, whatever its name', async () => {
    await using raster = await openRaster(plain, { untrusted: true });
    expect(raster.width).toBe(300);
    const disguised = join(folder, 'picture.vrt');
    writeFileSync(disguised, readFileSync(plain));
    await using same = await openRaster(disguised, { untrusted: true });
    expect(same.driver).toBe('GTiff');
  });

  test('is nothing that leads elsewhere', async () => {
    const vrt = join(folder, 'reach.tif');
    writeFileSync(vrt, '<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>');
    const names = [
      vrt,
      '/vsicurl/http://localhost/a.tif',
      `/vsigzip/${plain}`,
      'http://localhost/a.tif',
      's3://bucket/a.tif',
      '<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>',
      ` \n<GDAL_WMS></GDAL_WMS>`,
      folder,
    ];
    for (const name of names) {
      await expect(openRaster(name, { untrusted: true, allowRemote: true })).rejects.toThrow(
        UntrustedPathError,
      );
    }
    await expect(openRaster(`GTIFF_DIR:1:${plain}`, { untrusted: true })).rejects.toThrow(
      RasterNotFoundError,
    );
  });

  test('remote addresses need leave', async () => {
    for (const name of [
      'https://localhost/a.tif',
      '/vsicurl/http://localhost/a.tif',
      '/vsis3/bucket/a.tif',
    ]) {
      await expect(openRaster(name)).rejects.toThrow(RemoteNotAllowedError);
    }
    await using inside = await openRaster(`GTIFF_DIR:1:${plain}`);
    expect(inside.bandCount).toBe(3);
  });
});

describe('a disk that is full', () => {
  // A limit on file size fails writes as a full disk does, and needs no rights to set up.
  const attempt = (limitBlocks: number, script: string) => {
    const module = JSON.stringify(new URL('../../src/raster/index.ts', import.meta.url).href);
    const program = `import * as raster from ${module};
      const target = ${JSON.stringify(join(folder, 'full'))};
      const noise = (n, seed = 1) => Uint8Array.from({ length: n }, () => (seed = Math.imul(seed, 1664525) + 1013904223) >> 16);
      const fail = (error) => console.log(error.name, error.message.includes('full'));
      ${script}`;
    const command = `ulimit -f ${limitBlocks}; exec "$0" --import tsx --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, program], {
      encoding: 'utf8',
    });
    return { stdout: stdout.trim(), stderr };
  };
  const place = 'crs: null, geoTransform: null';

  test('stops a GeoTIFF with a clear error and leaves nothing', () => {
    // 24 MB of noise against a limit of 10 MB: the tiles kept beside the output meet it while writing.
    const { stdout } = attempt(
      10240,
      `const writer = await raster.createGeoTiff(target + '.tif', { width: 4096, height: 6144, dataType: 'uint8', ${place} });
       try {
         for (let y = 0; y < 6144; y += 512) await writer.write({ data: noise(4096 * 512, y + 1), bands: 1, width: 4096, height: 512 }, 0, y);
         await writer.close();
       } catch (error) { fail(error); await writer.abort(); }`,
    );
    expect(stdout).toBe('DiskFullError true');
    expect(readdirSync(folder).filter((name) => name.startsWith('full'))).toEqual([]);
  });

  test('stops a small GeoTIFF when it is put together', () => {
    const { stdout } = attempt(
      1024,
      `const writer = await raster.createGeoTiff(target + '.tif', { width: 2048, height: 1024, dataType: 'uint8', ${place} });
       await writer.write({ data: noise(2048 * 1024), bands: 1, width: 2048, height: 1024 }, 0, 0);
       await writer.close().catch(fail);`,
    );
    expect(stdout).toBe('DiskFullError true');
    expect(readdirSync(folder).filter((name) => name.startsWith('full'))).toEqual([]);
  });

  test('stops a picture and a file of polygons', () => {
    const { stdout } = attempt(
      100,
      `await raster.writePreview(target + '.png', { data: noise(3 * 600 * 600), bands: 3, width: 600, height: 600 }).catch(fail);
       const rings = raster.rectangleRings({ left: 0, bottom: 0, right: 1, top: 1 });
       const features = Array.from({ length: 20000 }, (_, id) => ({ rings, properties: { id } }));
       const layer = { name: 'a', crs: null, fields: { id: 'integer' } };
       await raster.writePolygons(target + '.gpkg', layer, features).catch(fail);
       await raster.writePolygons(target + '.fgb', layer, features).catch(fail);
       await raster.writePolygons(target + '.geojson', layer, features).catch(fail);`,
    );
    expect(stdout.split('\n')).toEqual([
      'DiskFullError true',
      'DiskFullError true',
      'DiskFullError true',
      'DiskFullError true',
    ]);
    expect(readdirSync(folder).filter((name) => name.startsWith('full'))).toEqual([]);
  });
});
