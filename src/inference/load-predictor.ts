import type { ClassConfig, ModelConfig, NormalizationConfig } from '../config/index.ts';
import { normalizer } from '../data/index.ts';
import type { Device } from '../engine/index.ts';
import { createModel, type SegmentationNetwork } from '../models/index.ts';
import { ignSegmentationWeights, readCheckpoint, type StateDict } from '../weights/index.ts';
import { ModelMismatchError } from './errors.ts';
import { type Precision, TorchPredictor } from './torch-predictor.ts';

/** What a trained network is and how it sees images: enough to predict with the weights alone. */
export interface NetworkDescription {
  readonly model: ModelConfig;
  /** 1-based bands it was trained on. */
  readonly channels: readonly number[];
  readonly normalization: NormalizationConfig;
  readonly classes: readonly ClassConfig[];
}

/** Builds the network of a configuration, with fresh weights. @throws UnknownModelError */
export function buildNetwork({ architecture, channels, classes }: ModelConfig): SegmentationNetwork {
  if (architecture.kind === 'huggingface')
    return createModel({ name: architecture.model, inChannels: channels, classes });
  const { encoder, decoder } = architecture;
  return createModel({ encoder, decoder, inChannels: channels, classes });
}

/**
 * Loads weights into a network, whoever wrote them: keys with Lightning's prefix (`model.seg_model.`) lose it.
 * @throws ModelMismatchError listing what is missing, unexpected or of another shape
 */
export function loadWeights(network: SegmentationNetwork, stateDict: StateDict, file: string): void {
  const report = network.loadStateDict(ignSegmentationWeights(stateDict), { strict: false });
  const problems = [
    ...report.missing.map((name) => `${name} is missing`),
    ...report.unexpected.map((name) => `${name} is not in the network`),
    ...report.mismatched.map(
      (entry) => `${entry.key} is [${entry.found}] in the file, [${entry.expected}] in the network`,
    ),
  ];
  if (problems.length === 0) return;
  const shown = problems.slice(0, 5).join('; ');
  throw new ModelMismatchError(
    `the weights do not fit ${network.modelName} with ${network.inChannels} channels and ${network.classes} classes: ` +
      `${shown}${problems.length > 5 ? `; … ${problems.length} in all` : ''}`,
    { file, remedy: 'name the architecture, channels and classes that the weights were trained with' },
  );
}

/** Where and how a predictor computes. */
export interface LoadPredictorOptions {
  readonly device?: Device;
  readonly precision?: Precision;
}

/** A predictor from a description and a file of weights. */
export function loadPredictor(
  description: NetworkDescription,
  weights: string,
  options: LoadPredictorOptions = {},
): TorchPredictor {
  const network = buildNetwork(description.model);
  loadWeights(network, readCheckpoint(weights).stateDict, weights);
  return new TorchPredictor(network, {
    normalizer: normalizer(description.normalization, description.channels.length),
    ...options,
  });
}
