import type {
  ClassConfig,
  LossConfig,
  LossTerm,
  OptimizerConfig,
  SchedulerConfig,
  TuningConfig,
} from '../config/index.ts';
import { IGNORE_INDEX } from '../data/index.ts';
import { layerDepth, type SegmentationNetwork } from '../models/index.ts';
import {
  Adam,
  AdamW,
  Cosine,
  CrossEntropyLoss,
  DiceLoss,
  FocalLoss,
  type Loss,
  LovaszLoss,
  layerwiseScale,
  OneCycle,
  type Optimizer,
  type Parameter,
  type ParameterGroup,
  Poly,
  parameterGroups,
  ReduceLROnPlateau,
  type Scheduler,
  SGD,
  SumLoss,
} from '../nn/index.ts';

function buildTerm(term: LossTerm, weight: number[] | undefined, compat: 'none' | 'ign'): Loss {
  const weighted = weight ? { weight } : {};
  switch (term.kind) {
    case 'cross_entropy':
      return new CrossEntropyLoss({
        ...weighted,
        labelSmoothing: term.labelSmoothing,
        ignoreIndex: IGNORE_INDEX,
        emptyBatch: compat === 'ign' ? 'nan' : 'zero',
      });
    case 'dice':
      return new DiceLoss({ smooth: term.smooth, ignoreIndex: IGNORE_INDEX });
    case 'focal':
      return new FocalLoss({ ...weighted, gamma: term.gamma, ignoreIndex: IGNORE_INDEX });
    case 'lovasz':
      return new LovaszLoss({ ignoreIndex: IGNORE_INDEX });
  }
}

/** The loss of a configuration; one term stays itself, several become their weighted sum. */
export function buildLoss(
  { terms, classWeights }: LossConfig,
  classes: readonly ClassConfig[],
  compat: 'none' | 'ign' = 'none',
): Loss {
  const weight = classWeights ? classes.map((entry) => entry.weight) : undefined;
  const built = terms.map((term) => ({ loss: buildTerm(term, weight, compat), weight: term.weight }));
  return built.length === 1 && built[0]!.weight === 1 ? built[0]!.loss : new SumLoss(built);
}

/**
 * The trainable parameters of a network for {@link buildOptimizer}: all at one rate, or in groups whose rates fall by a
 * factor a layer from the head to the image.
 */
export function buildParameterGroups(
  network: SegmentationNetwork,
  { learningRate: lr, weightDecay }: OptimizerConfig,
  layerDecay: TuningConfig['layerDecay'],
): readonly Parameter[] | readonly ParameterGroup<{ lr: number }>[] {
  if (layerDecay === null) return network.parameters().filter((parameter) => parameter.requiresGrad);
  const { layers, depthOf } = layerDepth(network.encoderStages, layerDecay.by);
  const scaleOf = layerwiseScale(depthOf, { layers, decay: layerDecay.factor });
  return parameterGroups(network, { lr, weightDecay }, { scaleOf }).map(({ params, lr: rate }) => {
    return { params, lr: rate };
  });
}

/** The optimiser of a configuration. */
export function buildOptimizer(
  config: OptimizerConfig,
  parameters: readonly Parameter[] | readonly ParameterGroup<{ lr: number }>[],
): Optimizer {
  const { learningRate: lr, weightDecay } = config;
  const params = parameters as readonly Parameter[];
  if (config.kind === 'sgd') {
    return new SGD(params, { lr, momentum: config.momentum, nesterov: config.nesterov, weightDecay });
  }
  const options = { lr, betas: [...config.betas] as [number, number], eps: config.epsilon, weightDecay };
  return config.kind === 'adam' ? new Adam(params, options) : new AdamW(params, options);
}

/** How long training lasts, in steps. */
export interface Duration {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** The learning-rate schedule of a configuration; null leaves the rate alone. */
export function buildSchedule(
  config: SchedulerConfig,
  optimizer: Optimizer,
  duration: Duration,
): Scheduler | null {
  const total = duration.epochs * duration.stepsPerEpoch;
  switch (config.kind) {
    case 'none':
      return null;
    case 'plateau':
      return new ReduceLROnPlateau(optimizer, {
        factor: config.factor,
        patience: config.patience,
        cooldown: config.cooldown,
        minLr: config.minLearningRate,
        threshold: config.threshold,
      });
    case 'one_cycle': {
      // Groups keep their rates relative to the head's, which is the highest.
      const head = Math.max(...optimizer.groups.map(({ initialLr }) => initialLr));
      return new OneCycle(optimizer, {
        maxLr: optimizer.groups.map(({ initialLr }) => (config.maxLearningRate * initialLr) / head),
        total,
        pctStart: config.warmup,
        divFactor: config.divFactor,
        finalDivFactor: config.finalDivFactor,
      });
    }
    case 'poly':
      return new Poly(optimizer, {
        total,
        power: config.power,
        warmUp: Math.round(config.warmup * duration.stepsPerEpoch),
        minLr: config.minLearningRate,
      });
    case 'cosine':
      return new Cosine(optimizer, {
        total,
        warmUp: Math.round(config.warmup * duration.stepsPerEpoch),
        minLr: config.minLearningRate,
      });
  }
}
