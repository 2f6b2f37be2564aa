import { z } from 'zod';
import { problemAnswer } from '../http/problem.ts';

/** A list whose items have a shape. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

const hexColor = z.string().describe('#rrggbb');
const id = z.string();
const truth = z.string().nullable().describe('Raster with the truth of this one');
const size = { width: z.number(), height: z.number(), levels: z.number() };

/** A class by name and colour. */
const classAnswer = z.strictObject({ name: z.string(), color: hexColor });

/** An image of a declared folder. */
export const imageAnswer = z.strictObject({
  ...{ id, folder: z.string(), name: z.string(), bytes: z.number(), truth },
});

/** An open raster. */
export const rasterAnswer = z.strictObject({
  ...{ id, name: z.string(), truth, ...size },
  kind: z.enum(['file', 'upload', 'address']),
  format: z.string().describe('Name of the GDAL driver'),
  bands: listOf(z.strictObject({ name: z.string(), dataType: z.string(), noData: z.number().nullable() })),
  crs: z.string().nullable().describe('EPSG:2154, or a name'),
  georeferenced: z.boolean().describe('Whether it lies upright on a map; else on a plane of cells'),
  geoTransform: listOf(z.number()).nullable().describe('Six numbers, as GDAL has them'),
  extent: z
    .tuple([z.number(), z.number(), z.number(), z.number()])
    .readonly()
    .describe('Left, bottom, right, top, in units of the CRS or in cells'),
  cell: z.number().describe('Units of the extent along the side of a cell'),
  groundResolution: z.number().nullable().describe('Metres on the ground along the side of a cell'),
  geographic: z.boolean().describe('Whether units of the CRS are degrees'),
  palette: z.boolean().describe('Whether its values have colours of their own'),
});

/** A model that can be chosen. */
export const modelAnswer = z.strictObject({
  ...{ id, name: z.string(), bytes: z.number() },
  channels: listOf(z.number()).describe('Bands that it sees, from 1'),
  classes: listOf(classAnswer),
  architecture: z.record(z.string(), z.unknown()),
  onnx: z.boolean().describe('Whether a browser can run the file'),
});

/** How a page runs an ONNX file by itself. */
export const graphAnswer = z.strictObject({
  input: z.strictObject({ name: z.string(), type: z.enum(['float32', 'uint8']) }),
  output: z.string(),
  answer: z.enum(['logits', 'probabilities', 'sigmoid', 'classes']),
  channelsLast: z.boolean(),
  channels: listOf(z.number()),
  classes: z.number(),
  scaling: listOf(z.tuple([z.number(), z.number()]).readonly()).describe('value · factor + shift by channel'),
  divisor: z.number().describe('What the sides of a window are multiples of'),
  tile: z.number().describe('Side of a window'),
  margin: z.number().describe('Border of a window that is seen and not kept'),
});

/** Areas by class. */
const statisticsAnswer = z.strictObject({
  area: z.number().nullable().describe('Number of the area, from 0; null for the whole raster'),
  properties: z.record(z.string(), z.unknown()).readonly(),
  classes: listOf(
    z.strictObject({
      ...{ value: z.number(), name: z.string(), pixels: z.number() },
      squareMetres: z.number().nullable(),
      share: z.number().describe('Of the mapped pixels, 0 to 1'),
    }),
  ),
});

/** Areas by class below a polygon. */
export const areaAnswer = z.strictObject({
  statistics: statisticsAnswer,
  covered: z.number().describe('Share of the area that was counted, 0 to 1'),
});

/** What one place of a raster is. */
export const inspectionAnswer = z.strictObject({
  ...{ column: z.number(), row: z.number(), valid: z.boolean() },
  values: listOf(z.number()),
  models: listOf(z.strictObject({ probabilities: listOf(z.number()), best: z.number() })),
});

/** A map in the making, or made. */
export const jobAnswer = z.strictObject({
  ...{ id, raster: z.string(), name: z.string() },
  model: z.string().describe('One model, or several that are blended, joined by commas'),
  state: z.enum(['waiting', 'running', 'paused', 'done', 'failed']),
  ...{ tile: z.number(), margin: z.number(), vectors: z.boolean(), confidence: z.boolean() },
  blend: z.enum(['crop', 'hann', 'linear', 'gaussian', 'mean']),
  progress: z
    .strictObject({
      ...{ tiles: z.number(), totalTiles: z.number(), pixels: z.number(), totalPixels: z.number() },
      seconds: z.number(),
      stages: z.record(z.string(), z.number()).readonly().describe('Share of the time in each stage, 0 to 1'),
    })
    .nullable(),
  problem: problemAnswer.nullable(),
  files: listOf(z.string()).describe('Names of its files once it is done'),
  statistics: listOf(statisticsAnswer).nullable(),
  created: z.number().describe('Milliseconds since 1970'),
  changed: z.number().describe('Milliseconds since 1970'),
});

/** A training run in a list. */
export const runEntryAnswer = z.strictObject({ id, name: z.string(), changed: z.number() });

/** A training run. */
export const runAnswer = runEntryAnswer.extend({
  columns: z
    .record(z.string(), listOf(z.number().nullable()))
    .readonly()
    .describe('Columns of its log, a number an epoch; null where nothing was measured'),
  confusion: z
    .strictObject({
      size: z.number(),
      counts: listOf(z.number()).describe('Row after row; rows are truth, columns prediction'),
      classes: listOf(z.string()).nullable(),
    })
    .nullable(),
  pictures: listOf(z.string()),
});

/** Patches of a scored run. */
export const scoredPatchesAnswer = z.strictObject({
  ...{ total: z.number(), offset: z.number() },
  predictionColors: listOf(z.string().nullable()),
  truthColors: listOf(z.string().nullable()).nullable(),
  patches: listOf(
    z.strictObject({
      name: z.string(),
      miou: z.number().nullable().describe('Percent; null where nothing was to be found'),
      accuracy: z.number().nullable(),
      image: z.string().nullable(),
      truth: z.string().nullable(),
      prediction: z.string().nullable(),
      size: z.strictObject(size).nullable(),
    }),
  ),
});

/** A list of patches. */
export const dataSetAnswer = z.strictObject({ id, name: z.string(), folder: z.string() });

/** Patches of a list. */
export const patchesAnswer = z.strictObject({
  ...{ total: z.number(), offset: z.number() },
  patches: listOf(
    z.strictObject({
      ...{ id, name: z.string(), ...size },
      mask: z.string().nullable().describe('Raster of the mask'),
      values: listOf(z.tuple([z.string(), z.number()]).readonly()).describe(
        'Values of the mask, colours as #rrggbb, and pixels of each',
      ),
    }),
  ),
});
