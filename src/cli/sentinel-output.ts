import { join } from 'node:path';
import { encodeNpy, type SentinelPatch } from '../data/sentinel/index.ts';
import { writeOutput } from '../evaluation/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../raster/index.ts';

/** What of a patch is written, and where. */
export interface SentinelOutput {
  readonly folder: string;
  readonly bands: number;
  readonly side: number;
  readonly geotiff: boolean;
  readonly overwrite: boolean;
}

/** Side of a Sentinel-2 pixel, in metres. */
const GROUND = 10;

async function writeGeoTiff(patch: SentinelPatch, output: SentinelOutput): Promise<void> {
  const { result, image } = patch;
  const { side, bands, folder, overwrite } = output;
  await using aerial = await openRaster(image);
  const { geoTransform: from, crs, width, height } = aerial;
  const centre = from === null ? null : [width / 2, height / 2];
  const geoTransform =
    from === null || centre === null
      ? null
      : ([
          from[0] + centre[0]! * from[1] + centre[1]! * from[2] - (side / 2) * GROUND,
          ...[GROUND, 0],
          from[3] + centre[0]! * from[4] + centre[1]! * from[5] + (side / 2) * GROUND,
          ...[0, -GROUND],
        ] as unknown as typeof from);
  const count = result!.steps * bands;
  const writer = await createGeoTiff(join(folder, `${patch.name}.tif`), {
    ...{ width: side, height: side, bands: count, dataType: 'float32', noData: Number.NaN },
    ...{ crs: from === null ? null : crs, geoTransform, interleave: 'band', blockSize: 16, overwrite },
    bandNames: result!.labels.flatMap((label) =>
      Array.from({ length: bands }, (_, band) => `${label}, band ${band + 1}`),
    ),
  });
  try {
    await writer.write(pixelBlock(Float32Array.from(result!.data), count, side, side), 0, 0);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Writes `SEN_<id>.npy` (float64 `[steps, bands, side, side]`) and, where asked, the same as GeoTIFF. */
export async function writeSentinelPatch(patch: SentinelPatch, output: SentinelOutput): Promise<void> {
  const { result, name } = patch;
  if (result === null) return;
  const shape = [result.steps, output.bands, output.side, output.side];
  await writeOutput(join(output.folder, `${name}.npy`), encodeNpy({ shape, data: result.data }), {
    overwrite: output.overwrite,
  });
  if (output.geotiff) await writeGeoTiff(patch, output);
}
