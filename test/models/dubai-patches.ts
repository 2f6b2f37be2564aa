import { fileURLToPath } from 'node:url';
import { DUBAI, formatHexColor } from '../../src/core/index.ts';
import { type Tensor, tensor } from '../../src/engine/index.ts';
import { openRaster } from '../../src/raster/index.ts';

const ignored = 255n;

async function read(file: string, side: number) {
  const raster = await openRaster(
    fileURLToPath(new URL(`../../examples/dubai/tile-1/${file}`, import.meta.url)),
  );
  const window = { x: 64, y: 64, width: 512, height: 512, outWidth: side, outHeight: side };
  const { data } = await raster.read({ ...window, bands: [1, 2, 3] });
  await raster.close();
  return data;
}

/** Four labelled parts of Dubai at a coarse scale, images of zero mean and unit variance in their first `channels` bands. */
export async function dubaiPatches(
  side: number,
  channels: 1 | 3,
): Promise<{ images: Tensor; targets: Tensor; classes: number }> {
  const pixels = side * side;
  const images = new Float32Array(4 * channels * pixels);
  const targets = new BigInt64Array(4 * pixels);
  for (let n = 0; n < 4; n++) {
    const [image, mask] = [await read(`image-${n + 1}.jpg`, side), await read(`mask-${n + 1}.png`, side)];
    for (let i = 0; i < channels * pixels; i++)
      images[n * channels * pixels + i] = (Number(image[i]) - 104) / 43;
    for (let i = 0; i < pixels; i++) {
      const color = formatHexColor(
        [0, 1, 2].map((band) => Number(mask[band * pixels + i])) as [number, number, number],
      );
      const found = DUBAI.classes.find((one) => one.color === color.toLowerCase());
      targets[n * pixels + i] = found === undefined ? ignored : BigInt(found.index);
    }
  }
  return {
    images: tensor(images, [4, channels, side, side]),
    targets: tensor(targets, [4, side, side]),
    classes: DUBAI.classes.length,
  };
}
