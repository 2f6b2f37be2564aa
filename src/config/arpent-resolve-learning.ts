import type { ArpentValues } from './arpent-schema.ts';
import type { LossConfig, OptimizerConfig, SchedulerConfig } from './learning-config.ts';

/** The sum of losses. */
export function resolveLoss({ loss, class_weights }: ArpentValues): LossConfig {
  const defaults = {
    cross_entropy: { kind: 'cross_entropy', weight: 1, labelSmoothing: 0 },
    dice: { kind: 'dice', weight: 1, smooth: 0 },
    focal: { kind: 'focal', weight: 1, gamma: 2 },
    lovasz: { kind: 'lovasz', weight: 1 },
  } as const;
  if (typeof loss === 'string') return { terms: [defaults[loss]], classWeights: class_weights };
  const terms = loss.map((term): LossConfig['terms'][number] => {
    const { weight } = term;
    if (term.type === 'cross_entropy')
      return { kind: term.type, weight, labelSmoothing: term.label_smoothing };
    if (term.type === 'dice') return { kind: term.type, weight, smooth: term.smooth };
    if (term.type === 'focal') return { kind: term.type, weight, gamma: term.gamma };
    return { kind: term.type, weight };
  });
  return { terms, classWeights: class_weights };
}

/** The optimiser, with the names our layers use. */
export function resolveOptimizer(values: ArpentValues['optimizer']): OptimizerConfig {
  const learningRate = values.learning_rate;
  const weightDecay = values.weight_decay;
  if (values.type === 'sgd') {
    return { kind: 'sgd', learningRate, momentum: values.momentum, nesterov: values.nesterov, weightDecay };
  }
  return { kind: values.type, learningRate, betas: values.betas, epsilon: values.epsilon, weightDecay };
}

/** The scheduler; a peak that is not given is the learning rate. */
export function resolveScheduler({ scheduler, optimizer }: ArpentValues): SchedulerConfig {
  switch (scheduler.type) {
    case 'none':
      return { kind: 'none' };
    case 'plateau': {
      const { type: kind, factor, patience, cooldown, threshold } = scheduler;
      return { kind, factor, patience, cooldown, minLearningRate: scheduler.min_learning_rate, threshold };
    }
    case 'one_cycle':
      return {
        kind: scheduler.type,
        maxLearningRate: scheduler.max_learning_rate ?? optimizer.learning_rate,
        warmup: scheduler.warmup,
        divFactor: scheduler.div_factor,
        finalDivFactor: scheduler.final_div_factor,
      };
    case 'poly': {
      const { type: kind, power, warmup } = scheduler;
      return { kind, power, warmup, minLearningRate: scheduler.min_learning_rate };
    }
    case 'cosine':
      return { kind: scheduler.type, warmup: scheduler.warmup, minLearningRate: scheduler.min_learning_rate };
  }
}
