import type { ClassConfig, MetadataConfig, ModelConfig, NormalizationConfig } from '../config/index.ts';
import { normalizer } from '../data/index.ts';
import type { Device } from '../engine/index.ts';
import {
  createModel,
  EncoderDecoderNetwork,
  MetadataNetwork,
  type SegmentationNetwork,
} from '../models/index.ts';
import { readCheckpoint, type StateDict } from '../weights/index.ts';
import { ModelMismatchError } from './errors.ts';
import { weightsFor } from './network-weights.ts';
import { isOnnxFile, OnnxPredictor, type OnnxProvider } from './onnx/index.ts';
import type { Predictor } from './predictor.ts';
import { requireCudaGraphs } from './recorded-forward.ts';
import { type Precision, TorchPredictor } from './torch-predictor.ts';

/** What a trained network is and how it sees images: enough to predict with the weights alone. */
export interface NetworkDescription {
  readonly model: ModelConfig;
  /** 1-based bands it was trained on. */
  readonly channels: readonly number[];
  readonly normalization: NormalizationConfig;
  readonly classes: readonly ClassConfig[];
  /** How metadata was encoded, where the network was trained with it. */
  readonly metadata?: MetadataConfig['encoding'] | null;
}

/**
 * Builds the network of a configuration with **random** weights, whatever the configuration says of published ones: load
 * weights next ({@link loadWeights}), or use {@link loadPredictor}, which does both. `fromPretrained` builds a network of
 * the Hugging Face hub with its published weights.
 * @param metadata whether it also takes acquisition metadata
 * @throws UnknownModelError; ModelMismatchError when a network that cannot take metadata is asked to
 */
export function buildNetwork(
  { architecture, channels, classes }: ModelConfig,
  metadata = false,
): SegmentationNetwork {
  const network =
    architecture.kind === 'huggingface'
      ? createModel({ name: architecture.model, inChannels: channels, classes })
      : createModel({
          encoder: architecture.encoder,
          decoder: architecture.decoder,
          inChannels: channels,
          classes,
        });
  if (!metadata) return network;
  if (network instanceof EncoderDecoderNetwork) return new MetadataNetwork(network);
  throw new ModelMismatchError(`${network.modelName} cannot take metadata`, {
    key: 'use_metadata',
    remedy:
      'choose an encoder and a decoder of SegmentationModelsPytorch (resnet34_unet), or turn metadata off',
  });
}

/**
 * Loads weights into a network, whoever wrote them ({@link weightsFor}).
 * @throws ModelMismatchError listing what is missing, unexpected or of another shape
 */
export function loadWeights(network: SegmentationNetwork, stateDict: StateDict, file: string): void {
  const report = network.loadStateDict(weightsFor(network, stateDict), { strict: false });
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
  /** Merge batch normalisation into convolutions. Default true. */
  readonly fold?: boolean;
  /** Record the forward pass on a CUDA device and start it as a whole. Default false. */
  readonly cudaGraphs?: boolean;
  /** What ONNX Runtime computes with, for `.onnx` files: by default CUDA where `device` says so, else the processor. */
  readonly provider?: OnnxProvider | undefined;
  /** Threads of ONNX Runtime; libtorch's are set for the whole process. */
  readonly threads?: number | undefined;
}

/**
 * A predictor from a description and a file of weights. An `.onnx` file runs in ONNX Runtime, and libtorch is not loaded.
 * @throws ModelMismatchError when the weights do not fit; OnnxModelError; InvalidArgumentError
 */
export function loadPredictor(
  description: NetworkDescription,
  weights: string,
  options: LoadPredictorOptions = {},
): Predictor {
  if (isOnnxFile(weights)) {
    if (options.cudaGraphs) requireCudaGraphs('ONNX Runtime');
    const { device = 'cpu', provider = device.startsWith('cuda') ? 'cuda' : 'cpu', threads } = options;
    return new OnnxPredictor(weights, { description, provider, threads });
  }
  const network = buildNetwork(description.model, Boolean(description.metadata));
  loadWeights(network, readCheckpoint(weights).stateDict, weights);
  return new TorchPredictor(network, {
    normalizer: normalizer(description.normalization, description.channels.length),
    ...options,
  });
}
