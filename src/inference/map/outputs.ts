import {
  type AreasOfInterest,
  createGeoTiff,
  type GeoTiffOptions,
  openRaster,
  pixelBlock,
  qgisStylePath,
  type Raster,
  type RasterWriter,
  WriterThread,
  writeClassPolygons,
  writeQgisStyle,
} from '../../raster/index.ts';
import type { MapRasterOptions } from './options.ts';
import { MAP_NODATA, type ProductName } from './products.ts';
import { sealPath } from './record.ts';
import { type AreaStatistics, ClassCounter, checkStatisticsName, writeStatistics } from './statistics.ts';
import type { FinishedTile } from './tile-record.ts';

/** Where each product goes. */
export function productPaths(options: MapRasterOptions): ReadonlyMap<ProductName, string> {
  const { output, kind = 'classes', products = {} } = options;
  const paths = new Map<ProductName, string>([[kind, output]]);
  for (const name of ['probabilities', 'confidence', 'entropy'] as const) {
    const path = products[name];
    if (path !== undefined) paths.set(name, path);
  }
  return paths;
}

/** Every file that a map may leave half-written when it is killed. */
export function outputPaths(options: MapRasterOptions): string[] {
  const { output, products = {} } = options;
  const { statistics, vectors, style } = products;
  const others = [statistics, vectors?.path, style ? qgisStylePath(output) : undefined, sealPath(output)];
  return [...productPaths(options).values(), ...others.filter((path) => path !== undefined)];
}

/** IGN's file: LZW, no colours, the nodata value of the input. */
function ignFile({ noData }: Raster, tile: number): Partial<GeoTiffOptions> {
  const fits = noData !== null && Number.isInteger(noData) && noData >= 0 && noData <= 255;
  return {
    compression: 'lzw',
    differences: false,
    bigTiff: 'always',
    blockSize: tile % 16 === 0 ? tile : 512,
    noData: fits ? noData : null,
  };
}

/** What the file of a product looks like. */
function fileOptions(name: ProductName, raster: Raster, options: MapRasterOptions): GeoTiffOptions {
  const { predictor, compat = 'none', classes, tile } = options;
  const { width, height, crs, geoTransform } = raster;
  const common: GeoTiffOptions = {
    ...{ width, height, crs, geoTransform, dataType: 'uint8' },
    bands: name === 'probabilities' ? predictor.classes : 1,
    tags: options.tags ?? {},
    overwrite: options.overwrite ?? false,
  };
  if (compat === 'ign') return { ...common, ...ignFile(raster, tile) };
  if (name === 'classes') {
    return { ...common, noData: MAP_NODATA, classes, overviews: options.overviews ?? 'majority' };
  }
  const bandNames = name === 'probabilities' ? classes.map((each) => each.name) : [`${name}, percent`];
  const noData = name === 'probabilities' ? null : MAP_NODATA;
  return { ...common, bandNames, noData, overviews: options.overviews ?? 'none' };
}

/** The files of a map while they are made. */
export class MapOutputs {
  private readonly options: MapRasterOptions;
  private readonly writers: ReadonlyMap<ProductName, RasterWriter>;
  private readonly counter: ClassCounter | null;
  private readonly thread: WriterThread | null;

  private constructor(
    options: MapRasterOptions,
    writers: ReadonlyMap<ProductName, RasterWriter>,
    counter: ClassCounter | null,
    thread: WriterThread | null,
  ) {
    this.options = options;
    this.writers = writers;
    this.counter = counter;
    this.thread = thread;
  }

  /**
   * @param inThread whether the files are made in a thread of their own.
   * @throws OutputExistsError, InvalidArgumentError
   */
  static async open(
    raster: Raster,
    options: MapRasterOptions,
    areas: AreasOfInterest | null,
    inThread = false,
  ): Promise<MapOutputs> {
    const { statistics } = options.products ?? {};
    if (statistics !== undefined) checkStatisticsName(statistics);
    const counts = statistics !== undefined || areas !== null;
    const counter = counts ? new ClassCounter(options.classes, raster, areas) : null;
    const writers = new Map<ProductName, RasterWriter>();
    const thread = inThread ? new WriterThread() : null;
    const outputs = new MapOutputs(options, writers, counter, thread);
    try {
      for (const [name, path] of productPaths(options)) {
        const file = fileOptions(name, raster, options);
        writers.set(name, await (thread?.createGeoTiff(path, file) ?? createGeoTiff(path, file)));
      }
    } catch (error) {
      await outputs.abort();
      throw error;
    }
    return outputs;
  }

  /** Products that files or statistics need. */
  get wanted(): ReadonlySet<ProductName> {
    return new Set([...this.writers.keys(), ...(this.counter ? (['classes'] as const) : [])]);
  }

  /** Writes what a window finished. */
  async write({ window, products }: FinishedTile): Promise<void> {
    const { x, y, width, height } = window;
    const writes = [...this.writers].map(([name, writer]) => {
      const cells = products[name];
      return cells ? writer.write(pixelBlock(cells, writer.bands, height, width), x, y) : writer.skip(window);
    });
    await Promise.all(writes);
    if (products.classes) await this.counter?.add(products.classes, window);
  }

  /** Finishes all files. @returns their paths and the statistics */
  async close(): Promise<{ files: string[]; statistics: readonly AreaStatistics[] | null }> {
    const { products = {}, overwrite = false, classes, output } = this.options;
    const files: string[] = [];
    for (const writer of this.writers.values()) {
      await writer.close();
      files.push(writer.path);
    }
    await this.thread?.close();
    const statistics = this.counter?.result() ?? null;
    if (products.statistics !== undefined && statistics !== null) {
      await writeStatistics(products.statistics, statistics, overwrite);
      files.push(products.statistics);
    }
    if (products.style && this.writers.has('classes')) {
      files.push(await writeQgisStyle(output, classes, { overwrite }));
    }
    if (products.vectors !== undefined && this.writers.has('classes')) {
      const { path, ...shape } = products.vectors;
      await using map = await openRaster(output);
      await writeClassPolygons(path, map, classes, { ...shape, overwrite });
      files.push(path);
    }
    return { files, statistics };
  }

  async abort(): Promise<void> {
    await Promise.all([...this.writers.values()].map((writer) => writer.abort()));
    await this.thread?.close();
  }
}
