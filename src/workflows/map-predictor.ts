import type { MapConfig } from '../config/index.ts';
import {
  AugmentedPredictor,
  EnsemblePredictor,
  loadPredictor,
  type NetworkDescription,
  type OnnxProvider,
  type Predictor,
  type SymmetryName,
} from '../inference/index.ts';
import { predictorCompute } from './compute.ts';

/** A further network of a map, whose probabilities are averaged with the first one's. */
export interface MapMember {
  readonly description: NetworkDescription;
  /** Checkpoint or state dict. */
  readonly weights: string;
}

/** What predicts for a map, besides the network of its configuration. */
export interface MapPredictorOptions {
  readonly members?: readonly MapMember[];
  /** How much each network counts, the configured one first: a number, or one a class. Default: all alike. */
  readonly memberWeights?: readonly (number | readonly number[])[];
  /** Turned and mirrored views that are averaged. */
  readonly symmetries?: readonly SymmetryName[];
  /** What ONNX Runtime computes with, for `.onnx` files. */
  readonly provider?: OnnxProvider | undefined;
  /** Record forward passes on a CUDA device and start them as a whole. Default false. */
  readonly cudaGraphs?: boolean;
}

/** The bands that a map reads: those of the configured network, then what its companions need besides. */
export function mapChannels({ channels }: MapConfig, members: readonly MapMember[] = []): readonly number[] {
  return [...new Set([channels, ...members.map(({ description }) => description.channels)].flat())];
}

/** Loads what predicts for a map. @throws ModelMismatchError, InvalidArgumentError */
export function mapPredictor(config: MapConfig, options: MapPredictorOptions): Predictor {
  const { members = [], memberWeights = [], symmetries = [], provider, cudaGraphs = false } = options;
  const fold = config.compat !== 'ign';
  const read = mapChannels(config, members);
  const all = [{ description: config, weights: config.weights }, ...members];
  const loaded = all.map(({ description, weights }, i) => ({
    predictor: loadPredictor(description, weights, {
      ...predictorCompute(weights, config.hardware, provider),
      fold,
      cudaGraphs,
    }),
    channels: description.channels.map((band) => read.indexOf(band)),
    weight: memberWeights[i] ?? 1,
  }));
  const predictor = members.length === 0 ? loaded[0]!.predictor : new EnsemblePredictor(loaded);
  return symmetries.length > 0 ? new AugmentedPredictor(predictor, symmetries) : predictor;
}
