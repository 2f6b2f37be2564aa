import { openRaster, type PixelBlock, type Raster, type RasterWindow } from '../../raster/index.ts';
import { CombinationInputError } from '../errors.ts';
import { NO_VOTE } from '../votes/class-vote.ts';
import type { Layer } from './layers.ts';
import type { CombinationInput } from './rule.ts';

/** An input of a combination, opened. */
export interface OpenedInput {
  readonly name: string;
  readonly raster: Raster;
  readonly kind: Layer['kind'];
  /** What cells of all its bands say. */
  layerOf(block: PixelBlock): Layer;
  /** Its layer in a window; windows may be read while others are. */
  read(window: RasterWindow): Promise<Layer>;
}

const FULL_SCALE: Partial<Record<Raster['dataType'], number>> = { uint8: 255, uint16: 65535 };

function classLayer({ data }: PixelBlock, first: number, classes: number, noData: number | null): Layer {
  if (data instanceof Uint8Array && first === 0) return { kind: 'classes', data };
  const indexes = new Uint8Array(data.length);
  for (let pixel = 0; pixel < data.length; pixel++) {
    const index = data[pixel]! - first;
    indexes[pixel] = index >= 0 && index < classes && data[pixel] !== noData ? index : NO_VOTE;
  }
  return { kind: 'classes', data: indexes };
}

/** Numbers as they are, a nodata value above 0 becoming 0; types other than bytes, 16 bits and float32 as float32. */
function scores({ data }: PixelBlock, noData: number | null): Uint8Array | Uint16Array | Float32Array {
  const plain = data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Float32Array;
  const values = plain ? data : Float32Array.from(data);
  if (noData !== null && noData > 0) {
    for (let i = 0; i < values.length; i++) if (values[i] === noData) values[i] = 0;
  }
  return values;
}

/** Opens one input and settles what it holds. @throws {CombinationInputError | RasterNotFoundError | …} */
export async function openInput(
  name: string,
  { path, kind: told, first = 0, one }: CombinationInput,
  classes: number,
): Promise<OpenedInput> {
  const raster = await openRaster(path, { handles: 2 });
  const kind = told ?? (raster.bandCount === 1 ? 'classes' : 'probabilities');
  const bands = kind === 'classes' ? 1 : classes;
  if (raster.bandCount !== bands) {
    await raster.close();
    throw new CombinationInputError(
      `${raster.bandCount} bands where ${kind} of ${classes} classes have ${bands}`,
      {
        file: path,
        remedy: 'check the number of classes and the kind of this input',
      },
    );
  }
  const { noData } = raster;
  const layerOf = (block: PixelBlock): Layer =>
    kind === 'classes'
      ? classLayer(block, first, classes, noData)
      : { kind, data: scores(block, noData), one: one ?? FULL_SCALE[raster.dataType] ?? 1 };
  const read = async (window: RasterWindow) => layerOf(await raster.read(window));
  return { name, raster, kind, layerOf, read };
}

/** Two georeferenced rasters of one size must also lie in one place, to a tenth of a pixel at their corners. */
function checkPlace(raster: Raster, first: Raster): void {
  const [a, b] = [raster.geoTransform, first.geoTransform];
  if (a === null || b === null) return;
  const tenth = (Math.abs(b[1]) + Math.abs(b[2])) / 10;
  const corners = [0, 1].flatMap((x) => [0, 1].map((y) => [x * raster.width, y * raster.height] as const));
  const apart = corners.some(([x, y]) =>
    [0, 3].some(
      (i) => Math.abs(a[i]! - b[i]! + (a[i + 1]! - b[i + 1]!) * x + (a[i + 2]! - b[i + 2]!) * y) > tenth,
    ),
  );
  if (!apart) return;
  throw new CombinationInputError(`this raster lies elsewhere than ${first.path}`, {
    file: raster.path,
    remedy: 'combine rasters of one grid: cut or warp one to the extent of the other',
  });
}

/** Opens all inputs and makes sure that they show the same pixels. @throws {CombinationInputError} */
export async function openInputs(
  inputs: Readonly<Record<string, CombinationInput>>,
  classes: number,
): Promise<OpenedInput[]> {
  const opened: OpenedInput[] = [];
  try {
    for (const [name, input] of Object.entries(inputs)) opened.push(await openInput(name, input, classes));
    const [first] = opened;
    for (const { raster } of opened) {
      if (raster.width === first!.raster.width && raster.height === first!.raster.height) {
        checkPlace(raster, first!.raster);
        continue;
      }
      throw new CombinationInputError(
        `${raster.width} × ${raster.height} pixels beside ${first!.raster.width} × ${first!.raster.height} (${first!.raster.path})`,
        { file: raster.path, remedy: 'combine rasters of one grid' },
      );
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map(({ raster }) => raster.close()));
    throw error;
  }
}
