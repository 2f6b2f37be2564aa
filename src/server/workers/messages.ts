import type { AreaStatistics, MapProgress, NetworkDescription, OnnxCard } from '../../inference/index.ts';
import type { BandInfo, GeoTransform, RasterDataType } from '../../raster/index.ts';

/** A raster as a worker opens it: a file that was checked, or an address of the proxy. */
export interface RasterSource {
  readonly path: string;
  readonly remote: boolean;
}

/** What a raster is, for the page. */
export interface RasterSummary {
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly bands: readonly {
    readonly name: string;
    readonly dataType: BandInfo['dataType'];
    readonly noData: number | null;
  }[];
  /** `EPSG:2154` or a name; null without georeference. */
  readonly crs: string | null;
  /** Whether it lies upright on a map; else it is shown on a plane in cells. */
  readonly georeferenced: boolean;
  readonly geoTransform: GeoTransform | null;
  /** Left, bottom, right, top, in the CRS or in cells (`y` upwards from the lower edge being `-height`). */
  readonly extent: readonly [number, number, number, number];
  /** Units of the extent along a cell's side. */
  readonly cell: number;
  /** Metres of a cell's side on the ground. */
  readonly groundResolution: number | null;
  /** Units of the CRS are degrees. */
  readonly geographic: boolean;
  readonly levels: number;
  /** Whether its values stand for classes with colours of their own. */
  readonly palette: boolean;
}

/** A model as a worker loads it. */
export interface ModelSource {
  readonly path: string;
  /** Changes with the file. */
  readonly version: string;
  /** What its network is, for files that do not say so themselves. */
  readonly description: NetworkDescription | null;
}

/** What a model says of itself. */
export interface ModelDescription {
  readonly description: NetworkDescription;
  /** The only side of images that it takes; null where it takes any. */
  readonly side: number | null;
}

/** How a page runs an ONNX file by itself: what goes in, what comes out, and how windows are laid. */
export interface BrowserGraph {
  readonly input: { readonly name: string; readonly type: 'float32' | 'uint8' };
  readonly output: string;
  readonly answer: OnnxCard['answer'];
  readonly channelsLast: boolean;
  /** 1-based bands of the raster that the network sees. */
  readonly channels: readonly number[];
  readonly classes: number;
  /** `value · factor + shift` for each channel of a raster of the type that was asked for. */
  readonly scaling: readonly (readonly [factor: number, shift: number])[];
  readonly divisor: number;
  /** Side of a window while somebody looks on, and its border that is seen but not kept. */
  readonly tile: number;
  readonly margin: number;
}

/** A tile's place in a raster's pyramid. */
export interface TileAddress {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** A polygon in the coordinates of a raster's extent: rings of `[x, y]`. */
export type Rings = readonly (readonly (readonly [number, number])[])[];

/** Areas by class, and how much of what was asked for they cover. */
export interface CountedArea {
  readonly statistics: AreaStatistics;
  /** Share, 0 to 1, of the windows below the polygon that were counted. */
  readonly covered: number;
}

/** What one place of a raster is. */
export interface Inspection {
  readonly column: number;
  readonly row: number;
  readonly values: readonly number[];
  readonly valid: boolean;
  readonly models: readonly {
    readonly probabilities: readonly number[];
    readonly best: number;
  }[];
}

/** Every task of the worker processes: what goes in and what comes out. */
export interface TaskTable {
  summary: { args: { source: RasterSource }; value: RasterSummary };
  'image-tile': {
    args: {
      source: RasterSource;
      tile: TileAddress;
      bands: readonly number[] | null;
      /** Colour of each value; null entries are not shown. */
      colors: readonly (string | null)[] | null;
    };
    value: Uint8Array | null;
  };
  'mercator-tile': {
    args: { source: RasterSource; tile: TileAddress; colors: readonly string[] };
    value: Uint8Array | null;
  };
  pixels: {
    args: {
      source: RasterSource;
      window: { x: number; y: number; width: number; height: number };
      bands: readonly number[];
    };
    /** Planar cells, and which of the window's cells hold data: `[height, width]`, null where all do. */
    value: { readonly data: Uint8Array; readonly dataType: string; readonly valid: Uint8Array | null };
  };
  'value-counts': {
    args: { source: RasterSource };
    value: readonly (readonly [key: string, pixels: number])[];
  };
  'count-classes': {
    args: { source: RasterSource; classes: readonly { name: string; color: string }[]; polygon: Rings };
    value: CountedArea;
  };
  'describe-model': { args: { model: ModelSource }; value: ModelDescription | null };
  /** Fails for what is no ONNX file of a segmentation network, or one that names other files. */
  'check-model': { args: { model: ModelSource }; value: null };
  'browser-graph': {
    args: { model: ModelSource; dataType: RasterDataType };
    value: BrowserGraph | null;
  };
  'load-models': { args: { models: readonly ModelSource[] }; value: { readonly engine: string } };
  'predict-tile': {
    args: {
      source: RasterSource;
      models: readonly ModelSource[];
      tile: TileAddress;
      /** Whether a tile at its own resolution will do for now. */
      preview: boolean;
    };
    value: { readonly png: Uint8Array; readonly reduced: boolean } | null;
  };
  'predict-statistics': {
    args: { source: RasterSource; models: readonly ModelSource[]; polygon: Rings; finishedOnly: boolean };
    value: CountedArea;
  };
  inspect: {
    args: { source: RasterSource; models: readonly (readonly ModelSource[])[]; x: number; y: number };
    value: Inspection;
  };
  map: {
    /** Several models are blended. */
    args: { source: RasterSource; models: readonly ModelSource[]; request: MapJobRequest };
    value: { readonly files: readonly string[]; readonly statistics: readonly AreaStatistics[] | null };
  };
}

/** What a map job makes, settled when it is asked for: a resumed map needs the very same. */
export interface MapJobRequest {
  /** Path of the map; its other products lie beside it. */
  readonly output: string;
  readonly tile: number;
  readonly margin: number;
  readonly blend: 'crop' | 'hann' | 'linear' | 'gaussian' | 'mean';
  readonly vectors: boolean;
  readonly confidence: boolean;
}

export type TaskName = keyof TaskTable;
export type TaskArgs<Name extends TaskName> = TaskTable[Name]['args'];
export type TaskValue<Name extends TaskName> = TaskTable[Name]['value'];

/** From the server to a worker. */
export type Order =
  | { readonly kind: 'run'; readonly id: number; readonly task: TaskName; readonly args: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

/** From a worker to the server. */
export type Report =
  /** The order has arrived: what happens from here on may be the task's doing. */
  | { readonly kind: 'begun'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly error: { readonly name: string; readonly problem: string; readonly remedy: string };
      /** Not foreseen: the stack, for the server's log. */
      readonly stack: string | null;
    }
  | { readonly kind: 'progress'; readonly id: number; readonly value: MapProgress };
