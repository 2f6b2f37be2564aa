import type { ClassConfig, ModelConfig, NormalizationConfig } from './model-config.ts';
import type { Compat, ConfigSource, HardwareConfig } from './run-config.ts';

/**
 * Everything the mapping of one raster needs, fully resolved (paths absolute, plain data). IGN's `flair-detect` YAML
 * becomes this shape, and so does a run's `map` section once input, output and weights are known.
 */
export interface MapConfig {
  readonly source: ConfigSource;
  /** `ign` reproduces IGN's windows and borders; `none` takes the faster and better plan. */
  readonly compat: Compat;
  /** Raster to map. */
  readonly input: string;
  readonly output: MapOutputConfig;
  /** 1-based raster bands, in the order the network sees them. */
  readonly channels: readonly number[];
  readonly normalization: NormalizationConfig;
  readonly window: MapWindowConfig;
  readonly model: ModelConfig;
  /** Checkpoint or state dict. */
  readonly weights: string;
  /** Classes by index, as many as logits; the writer takes names and colours from here. */
  readonly classes: readonly ClassConfig[];
  readonly batchSize: number;
  /** Parallel readers. */
  readonly workers: number;
  readonly hardware: HardwareConfig;
  /** Memory the mapping may use, in bytes; `null` chooses from the raster's width. */
  readonly memory: number | null;
}

/** The square windows a raster is mapped in. */
export interface MapWindowConfig {
  /** Side of the square the network sees, in pixels; `null` chooses it for the raster. */
  readonly size: number | null;
  /** Border that is seen but not written, in pixels; `2 * margin < size`; `null` chooses it for the square. */
  readonly margin: number | null;
}

export interface MapOutputConfig {
  /** Folder, created when missing. */
  readonly folder: string;
  /** File name with `.tif`. */
  readonly name: string;
  readonly type: 'argmax' | 'class_prob';
  /** What happens when the file is there: an error, a replacement, or IGN's way, the next free `_1`, `_2`, … */
  readonly existing: 'error' | 'overwrite' | 'number';
  /** Also writes the tiles as a GeoPackage `<name without .tif>_slicing_job.gpkg`. */
  readonly writeTiles: boolean;
  /** Writes `<name>_<date>_<time>.log` beside the raster. */
  readonly writeLog: boolean;
}
