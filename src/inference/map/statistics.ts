import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { InvalidArgumentError } from '../../core/index.ts';
import { writeWhole } from '../../raster/disk.ts';
import {
  type Area,
  type AreasOfInterest,
  type Grid,
  groundSamplingDistance,
  type RasterClass,
  type RasterWindow,
} from '../../raster/index.ts';

/** How much of an area each class covers. */
export interface AreaStatistics {
  /** Number of the area in its file, from 0; null for the whole raster. */
  readonly area: number | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly classes: readonly {
    readonly value: number;
    readonly name: string;
    readonly pixels: number;
    /** Square metres on the ground; null without georeference. */
    readonly squareMetres: number | null;
    /** Of the area's mapped pixels, 0 to 1. */
    readonly share: number;
  }[];
}

/** Counts the pixels of each class, in the whole map or in each area of interest; where areas overlap, in each of them. */
export class ClassCounter {
  private readonly classes: readonly RasterClass[];
  private readonly areas: AreasOfInterest | null;
  private readonly cell: number | null;
  /** Pixels `[area][class index]`. */
  private readonly counts: Float64Array[];

  constructor(classes: readonly RasterClass[], grid: Grid, areas: AreasOfInterest | null) {
    const distance = groundSamplingDistance(grid);
    this.classes = classes;
    this.areas = areas;
    this.cell = distance === null || Number.isNaN(distance) ? null : distance ** 2;
    this.counts = (areas?.areas ?? [null]).map(() => new Float64Array(classes.length));
  }

  /** Counts a part of the map, `[window.height, window.width]`; values beyond the classes are not mapped. */
  async add(cells: Uint8Array, window: RasterWindow): Promise<void> {
    const layers = this.areas === null ? [null] : await this.areas.layers(window);
    for (const numbers of layers) {
      for (let i = 0; i < cells.length; i++) {
        const counts = this.counts[numbers === null ? 0 : numbers[i]! - 1];
        const value = cells[i]!;
        if (counts !== undefined && value < counts.length) counts[value]!++;
      }
    }
  }

  result(): AreaStatistics[] {
    return this.counts.map((counts, i) => {
      const area: Area | undefined = this.areas?.areas[i];
      const total = counts.reduce((sum, count) => sum + count, 0);
      const classes = this.classes.map(({ value, name }, index) => ({
        ...{ value, name, pixels: counts[index]! },
        squareMetres: this.cell === null ? null : counts[index]! * this.cell,
        share: total === 0 ? 0 : counts[index]! / total,
      }));
      return { area: area?.index ?? null, properties: area?.properties ?? {}, classes };
    });
  }
}

const quote = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** One row an area and class. */
export function statisticsCsv(statistics: readonly AreaStatistics[]): string {
  const keys = [...new Set(statistics.flatMap(({ properties }) => Object.keys(properties)))];
  const header = ['area', ...keys, 'value', 'class', 'pixels', 'square_metres', 'share'];
  const rows = statistics.flatMap(({ area, properties, classes }) =>
    classes.map(({ value, name, pixels, squareMetres, share }) => [
      area === null ? '' : String(area),
      ...keys.map((key) => String(properties[key] ?? '')),
      ...[String(value), name, String(pixels)],
      squareMetres === null ? '' : String(Number(squareMetres.toFixed(2))),
      share.toFixed(6),
    ]),
  );
  return `${[header, ...rows].map((row) => row.map(quote).join(',')).join('\n')}\n`;
}

/** Writes statistics as `.csv` or `.json`. @throws InvalidArgumentError, OutputExistsError, DiskFullError */
export async function writeStatistics(
  path: string,
  statistics: readonly AreaStatistics[],
  overwrite: boolean,
): Promise<void> {
  checkStatisticsName(path);
  const json = extname(path).toLowerCase() === '.json';
  const text = json ? `${JSON.stringify(statistics, null, 2)}\n` : statisticsCsv(statistics);
  await writeWhole(path, overwrite, (partial) => writeFile(partial, text));
}

/** @throws InvalidArgumentError when statistics cannot be written under this name */
export function checkStatisticsName(path: string): void {
  if (['.csv', '.json'].includes(extname(path).toLowerCase())) return;
  throw new InvalidArgumentError('statistics are written as CSV or JSON', {
    file: path,
    remedy: 'name the file .csv or .json',
  });
}
