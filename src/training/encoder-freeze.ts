import { ModelOptionError, type SegmentationNetwork } from '../models/index.ts';
import type { Module, Parameter } from '../nn/index.ts';

/** Which part of an encoder keeps its weights, and how long. */
export interface FreezeOptions {
  /** The first stages, or all of the encoder. */
  readonly stages: number | 'all';
  /** Epochs after which it learns too; null never. */
  readonly epochs: number | null;
}

/**
 * Keeps the first stages of an encoder as they are: their parameters get no gradient, and their layers work as in
 * evaluation, so that running statistics stay and nothing is dropped.
 */
export class EncoderFreeze {
  readonly #network: SegmentationNetwork;
  readonly #parameters: readonly Parameter[];
  readonly #modules: readonly Module[];
  readonly #epochs: number;

  /** @throws ModelOptionError for more stages than the encoder has */
  constructor(network: SegmentationNetwork, { stages, epochs }: FreezeOptions) {
    this.#network = network;
    this.#epochs = epochs ?? Number.POSITIVE_INFINITY;
    const all = network.encoderStages;
    if (all.length === 0 || (stages !== 'all' && stages > all.length)) {
      throw new ModelOptionError(`${network.modelName} has ${all.length} stages to freeze, not ${stages}`, {
        key: 'training.freeze_encoder.stages',
        remedy: 'choose fewer stages, or all',
      });
    }
    const roots =
      stages === 'all' ? [network.encoderPath] : all.slice(0, stages).flatMap((steps) => steps.flat());
    const modules = roots.map((path) => network.getModule(path)).filter((module) => module !== undefined);
    this.#modules = modules;
    this.#parameters = [...new Set(modules.flatMap((module) => module.parameters()))].filter(
      (parameter) => parameter.requiresGrad,
    );
  }

  /** Parameters that are frozen for now; they stay in the optimiser, which leaves alone what has no gradient. */
  get parameters(): readonly Parameter[] {
    return this.#parameters;
  }

  /** Puts the network into the state of an epoch; call it after `train()`. @param epoch counted from 0 */
  apply(epoch: number): void {
    const frozen = epoch < this.#epochs;
    for (const parameter of this.#parameters) {
      if (parameter.requiresGrad === !frozen) continue;
      parameter.setRequiresGrad(!frozen);
      if (frozen) parameter.setGrad(null);
    }
    if (frozen) for (const module of this.#modules) module.eval();
    else this.#network.train();
  }
}
