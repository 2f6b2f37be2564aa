import { basename, dirname, resolve } from 'node:path';
import { ArpentError } from '../core/errors.ts';
import type { MapConfig } from './map-config.ts';
import type { RunConfig } from './run-config.ts';

/** What a run's configuration leaves open when a raster is mapped with its network. */
export interface MapRequest {
  /** Raster to map. */
  readonly input: string;
  /** GeoTIFF to write. */
  readonly output: string;
  /** Checkpoint; without it, the one the run predicts with. */
  readonly weights?: string;
  readonly overwrite?: boolean;
}

/** A map is asked for, and neither the request nor the run says with which weights. */
export class MissingWeightsError extends ArpentError {}

/** The mapping of one raster with the network, bands, normalisation and `map` section of a run. */
export function mapConfigOfRun(run: RunConfig, request: MapRequest): MapConfig {
  const weights = request.weights ?? run.tasks.predictCheckpoint;
  if (weights === null) {
    throw new MissingWeightsError('no weights are given for the map', {
      file: run.source.file ?? undefined,
      remedy: 'pass a checkpoint with --model',
    });
  }
  const output = resolve(request.output);
  const { map } = run;
  return {
    source: run.source,
    compat: run.compat,
    input: resolve(request.input),
    output: {
      folder: dirname(output),
      name: basename(output),
      type: map.outputType,
      existing: request.overwrite === true ? 'overwrite' : 'error',
      writeTiles: map.writeTiles,
      writeLog: false,
    },
    channels: run.data.channels,
    normalization: run.normalization,
    window: { size: map.tile, margin: map.margin },
    model: withoutEncoderWeights(run.model),
    weights: resolve(weights),
    classes: run.classes,
    batchSize: map.batchSize,
    workers: map.workers,
    hardware: run.hardware,
    memory: map.memory,
  };
}

/** The checkpoint brings every weight, so none need be fetched for the encoder. */
function withoutEncoderWeights(model: RunConfig['model']): RunConfig['model'] {
  const { architecture } = model;
  if (architecture.kind !== 'encoder-decoder') return model;
  return { ...model, architecture: { ...architecture, encoderWeights: null } };
}
