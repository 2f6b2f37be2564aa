import type { AugmentationConfig, ClassConfig, SchedulerConfig } from '../config/index.ts';
import type { CardFacts } from '../evaluation/index.ts';
import type { TrainingRecipe } from '../workflows/index.ts';

/** The random changes that are on: `vertical flip (p 0.5), rotation by quarter turns (p 0.5)`. */
function augmentationText(augmentation: AugmentationConfig): string {
  const { verticalFlip, horizontalFlip, rot90, rotation, scale, crop, ...jitters } = augmentation;
  const { brightness, contrast, saturation, hue } = jitters;
  const changes: readonly (readonly [number, string])[] = [
    [verticalFlip, 'vertical flip'],
    [horizontalFlip, 'horizontal flip'],
    [rot90, 'quarter turns'],
    [rotation.probability, `rotation by up to ${rotation.degrees}°`],
    [scale.probability, `zoom by ${scale.min} to ${scale.max}`],
    ...Object.entries({ brightness, contrast, saturation, hue }).map(
      ([name, { probability, limit }]) => [probability, `${name} ± ${limit}`] as const,
    ),
  ];
  const used = changes.filter(([probability]) => probability > 0);
  const named = used.map(([probability, what]) => `${what} (p ${probability})`);
  return [...named, ...(crop === null ? [] : [`squares of ${crop} pixels`])].join(', ') || 'none';
}

function scheduleText(scheduler: SchedulerConfig): string {
  switch (scheduler.kind) {
    case 'plateau': {
      const { factor, patience, cooldown, minLearningRate } = scheduler;
      return `plateau (factor ${factor}, patience ${patience}, cooldown ${cooldown}, at least ${minLearningRate})`;
    }
    case 'one_cycle':
      return `one cycle (up to ${scheduler.maxLearningRate}, ${100 * scheduler.warmup} % of the steps)`;
    case 'poly':
      return `polynomial (power ${scheduler.power}, ${scheduler.warmup} epochs of warm-up)`;
    case 'cosine':
      return `cosine (${scheduler.warmup} epochs of warm-up)`;
    default:
      return scheduler.kind;
  }
}

/** How a network was trained, as the rows of a card. */
export function recipeFacts(recipe: TrainingRecipe, classes: readonly ClassConfig[]): CardFacts {
  const { training, optimizer, scheduler, loss, seed, precision, augmentation } = recipe;
  const { earlyStopping } = training;
  const weights = classes.map(({ name, weight }, i) => `${i + 1}-${name}: ${weight}`).join(', ');
  return {
    Optimiser: optimizer.kind,
    'Learning rate': optimizer.learningRate,
    'Weight decay': optimizer.weightDecay,
    Schedule: scheduleText(scheduler),
    Loss: loss.terms.map(({ kind, weight }) => (weight === 1 ? kind : `${weight} × ${kind}`)).join(' + '),
    'Class weights': loss.classWeights ? weights : 'none in the loss',
    Augmentation: augmentationText(augmentation),
    'Batch size': training.batchSize,
    'Epochs, at most': training.epochs,
    'Early stopping':
      earlyStopping === null ? 'no' : `after ${earlyStopping.patience} epochs without progress`,
    Precision: precision,
    Seed: seed,
  };
}
