import type { AreaOptions, OverviewKind, RasterClass } from '../../raster/index.ts';
import type { BlendWindow } from '../blending/index.ts';
import type { Predictor } from '../predictor.ts';
import type { StageShares } from '../stage-clock.ts';
import type { TileGrid } from '../tile-grid.ts';
import type { Stretch } from './read-window.ts';
import type { AreaStatistics } from './statistics.ts';
import type { BadBlock } from './tile-record.ts';

/** What a map shows. */
export type MapOutput =
  /** One band of class indices. */
  | 'classes'
  /** One band a class: its probability from 0 to 255. */
  | 'probabilities';

/** Files beside the map, made in the same pass. */
export interface MapProducts {
  /** GeoTIFF of one band a class: its probability from 0 to 255. */
  readonly probabilities?: string;
  /** GeoTIFF of the winning probability in percent. */
  readonly confidence?: string;
  /** GeoTIFF of the entropy in percent of the highest possible. */
  readonly entropy?: string;
  /** Pixels and square metres of each class, in each area of interest; `.csv` or `.json`. */
  readonly statistics?: string;
  /** Write a QGIS style beside the map of classes. */
  readonly style?: boolean;
  /** Polygons of the classes; `.gpkg`, `.fgb` or `.geojson`. */
  readonly vectors?: VectorProduct;
}

/** Polygons of a map's classes. */
export interface VectorProduct {
  readonly path: string;
  /** Patches of fewer pixels are merged into the neighbour they share most border with. Default 0: none. */
  readonly minimumPixels?: number;
  /** Most that borders may move when they are simplified, in pixels. Default 0: they follow the pixels. */
  readonly tolerance?: number;
}

/** Areas of interest: only what lies in them is mapped. */
export interface MapAreas extends Pick<AreaOptions, 'layer' | 'where' | 'allTouched'> {
  readonly path: string;
}

/** How a raster is mapped. */
export interface MapRasterOptions {
  readonly input: string;
  readonly output: string;
  readonly predictor: Predictor;
  /** 1-based bands, in the order the network sees them. */
  readonly channels: readonly number[];
  readonly classes: readonly RasterClass[];
  /** Side of the square the network sees, in pixels. */
  readonly tile: number;
  /**
   * Border of each square that is seen but not written, in pixels. Where windows blend and no {@link overlap} is named, they fade
   * into each other around this line, from half of it to half as much again.
   */
  readonly margin: number;
  /** How windows share pixels. Default `hann`; `crop` (not at all) with `compat: ign`. */
  readonly blend?: BlendWindow;
  /** Pixels that neighbouring windows share; the margin then lies outside them. Default: as wide as the margin, around it. */
  readonly overlap?: number;
  /** What is blended. Default `probabilities`. */
  readonly blendOf?: 'probabilities' | 'logits';
  /**
   * Windows shifted by `tile / shifts` along each axis, so that `shifts²` predictions meet in a pixel (margin, blend and
   * overlap do not count then). Default 1: no shifts.
   */
  readonly shifts?: number;
  /** How shifted predictions agree: by `majority` of their classes (the default) or by their `mean` probability. */
  readonly agreement?: 'majority' | 'mean';
  readonly kind?: MapOutput;
  readonly products?: MapProducts;
  /** Tiles predicted at once. Default 1. */
  readonly batchSize?: number;
  /** Reduced copies for viewers. Default `majority` for classes. */
  readonly overviews?: OverviewKind | 'none';
  /**
   * `ign` gives the pixels and the file of IGN's `flair-detect`: its windows, zeros beyond the raster, cells without data
   * mapped like any other, probabilities cut off instead of rounded, LZW without colours. Default `none`.
   */
  readonly compat?: 'none' | 'ign';
  readonly areas?: MapAreas;
  /** Cell values that the network sees as 0 and 255, for rasters of more than 8 bits. */
  readonly stretch?: Stretch;
  /** Metres a pixel that the network was trained at; the raster is resampled to it. */
  readonly groundResolution?: number;
  /** Parts of the input that cannot be read become nodata and are reported. Default false: an error. */
  readonly skipBad?: boolean;
  /** Keep a journal, so that a run cut short goes on where it stopped. Default true. */
  readonly journal?: boolean;
  /** Begin anew even where a journal could be continued. Default false. */
  readonly restart?: boolean;
  /** Keep a finished map of this name that was made with the same settings, instead of refusing. Default false. */
  readonly keepFinished?: boolean;
  /** Blend and write in threads beside the one that drives the network; nothing of the result changes. Default: for large maps. */
  readonly inThreads?: boolean;
  /** Metadata items of the file. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly overwrite?: boolean;
  /** Let GDAL read `http(s)://` addresses. */
  readonly allowRemote?: boolean;
  readonly onProgress?: (progress: MapProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** How far a map is. */
export interface MapProgress {
  readonly tiles: number;
  readonly totalTiles: number;
  /** Raster pixels that are done, and all of them. */
  readonly pixels: number;
  readonly totalPixels: number;
  readonly seconds: number;
  /** Share of the wall time in each stage. */
  readonly stages: StageShares;
}

/** What came of a map. */
export interface MapResult extends MapProgress {
  readonly output: string;
  readonly grid: TileGrid;
  /** Every file that was written, the map first. */
  readonly files: readonly string[];
  /** Tiles that an earlier run had finished. */
  readonly resumedTiles: number;
  /** Parts of the input that could not be read. */
  readonly bad: readonly BadBlock[];
  /** Null when neither statistics nor areas were asked for. */
  readonly statistics: readonly AreaStatistics[] | null;
}
