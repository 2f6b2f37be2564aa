import { z } from 'zod';
import { field, section } from './schema.ts';

const count = (fallback: number, meaning: string, unit: string, least = 1) =>
  field(z.int().min(least).default(fallback), meaning, { unit });
const weight = field(z.number().positive().default(1), 'Factor of this loss in the sum');
const rate = (fallback: number) => field(z.number().positive().default(fallback), 'Learning rate');
const lowestRate = (fallback: number) =>
  field(z.number().min(0).default(fallback), 'Rate below which it never falls');
const decay = (fallback: number) => field(z.number().min(0).default(fallback), 'Weight decay');
const warmup = field(z.number().min(0).default(0), 'Linear rise from zero at the start', { unit: 'epochs' });

export const modelSection = section('The network', {
  name: field(
    z.string().min(1).default('unet'),
    'Decoder (unet, fpn, deeplabv3plus, …), encoder and decoder (resnet34_unet), or a whole network: a Hugging Face name (organisation/model) or mmsegmentation’s (upernet_internimage_l)',
  ),
  encoder: field(
    z.string().min(1).default('resnet34'),
    'Encoder under the decoder; unused where the name says it, and for whole networks',
  ),
  encoder_weights: field(
    z.string().nullable().default('imagenet'),
    'Weights the encoder starts from: imagenet, none for random ones, or a file; a whole network starts from its published weights, or with none from random ones; unused when a checkpoint brings all weights',
  ),
  classes: field(
    z.int().min(1).max(255).nullable().default(null),
    'Outputs; taken from the list of classes when empty',
  ),
  weights: field(
    z.string().nullable().default(null),
    'Checkpoint whose weights the network starts from, and that predicts when tasks.train is off',
    { allowed: 'the path of a checkpoint' },
  ),
});

const lossTerm = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('cross_entropy'),
    weight,
    label_smoothing: field(
      z.number().min(0).max(1).default(0),
      'Share of certainty given to the other classes',
    ),
  }),
  z.object({
    type: z.literal('dice'),
    weight,
    smooth: field(z.number().min(0).default(0), 'Added to both sides of the fraction'),
  }),
  z.object({
    type: z.literal('focal'),
    weight,
    gamma: field(z.number().min(0).default(2), 'How strongly easy pixels are played down'),
  }),
  z.object({ type: z.literal('lovasz'), weight }),
]);

export const lossField = field(
  z
    .union([z.enum(['cross_entropy', 'dice', 'focal', 'lovasz']), z.array(lossTerm).min(1)])
    .default('cross_entropy'),
  'One loss by name, or a list of losses that are added',
);

const betas = field(
  z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]).default([0.9, 0.999]),
  'Decay of the running mean and square of gradients',
  { allowed: 'a list of two numbers from 0 to 1' },
);
const epsilon = field(z.number().positive().default(1e-8), 'Keeps the division finite');

export const optimizerField = field(
  z
    .discriminatedUnion('type', [
      z.object({
        type: z.literal('adamw'),
        learning_rate: rate(0.001),
        betas,
        epsilon,
        weight_decay: decay(0.01),
      }),
      z.object({
        type: z.literal('adam'),
        learning_rate: rate(0.001),
        betas,
        epsilon,
        weight_decay: decay(0),
      }),
      z.object({
        type: z.literal('sgd'),
        learning_rate: rate(0.02),
        momentum: field(z.number().min(0).lt(1).default(0), 'Share of the previous step that is kept'),
        nesterov: field(z.boolean().default(false), 'Look ahead along the momentum'),
        weight_decay: decay(0),
      }),
    ])
    .prefault({ type: 'adamw' }),
  'How gradients change the weights',
);

export const schedulerField = field(
  z
    .discriminatedUnion('type', [
      z.object({
        type: z.literal('plateau'),
        factor: field(z.number().gt(0).lt(1).default(0.5), 'Factor of each reduction'),
        patience: count(10, 'Epochs without progress of the validation loss before a reduction', 'epochs', 0),
        cooldown: count(4, 'Epochs after a reduction that do not count', 'epochs', 0),
        min_learning_rate: lowestRate(1e-7),
        threshold: field(z.number().min(0).default(1e-4), 'Relative change that counts as progress'),
      }),
      z.object({
        type: z.literal('one_cycle'),
        max_learning_rate: field(
          z.number().positive().nullable().default(null),
          'Peak; the learning rate when empty',
        ),
        warmup: field(z.number().gt(0).lt(1).default(0.3), 'Part of the training that rises', {
          unit: 'fraction',
        }),
        div_factor: field(z.number().positive().default(25), 'Peak divided by the first rate'),
        final_div_factor: field(z.number().positive().default(10_000), 'First rate divided by the last one'),
      }),
      z.object({
        type: z.literal('poly'),
        power: field(z.number().positive().default(0.9), 'Exponent of the fall'),
        warmup,
        min_learning_rate: lowestRate(0),
      }),
      z.object({ type: z.literal('cosine'), warmup, min_learning_rate: lowestRate(0) }),
      z.object({ type: z.literal('none') }),
    ])
    .prefault({ type: 'plateau' }),
  'How the learning rate changes while training',
);

export const trainingSection = section('The epoch loop', {
  epochs: count(100, 'Passes over the training list, at most', 'epochs'),
  batch_size: count(8, 'Patches per step', 'patches'),
  repeat: count(1, 'Times each patch is drawn in an epoch; worth raising where crops are small', 'times'),
  gradient_clip: field(
    z.number().positive().nullable().default(null),
    'Largest gradient norm; no limit when empty',
  ),
  early_stopping: field(
    z
      .object({
        patience: count(20, 'Epochs without progress after which training stops', 'epochs', 0),
        min_delta: field(
          z.number().min(0).default(0),
          'Change of the monitored value that counts as progress',
        ),
      })
      .nullable()
      .prefault({}),
    'When to stop early; never when empty',
  ),
  gradient_checkpointing: field(
    z.boolean().default(false),
    'Run the blocks of the encoder again for their gradients instead of keeping their activations: less memory, more time',
  ),
  freeze_encoder: field(
    z
      .object({
        stages: field(
          z.union([z.int().min(1).max(4), z.literal('all')]).default('all'),
          'Stages from the image on that keep their weights: 1 ends with the map of a quarter of the size, 4 with that of 1/32',
          { allowed: 'all, or a whole number from 1 to 4' },
        ),
        epochs: field(
          z.int().min(1).nullable().default(null),
          'Epochs after which these stages learn too; never when empty',
          { unit: 'epochs' },
        ),
      })
      .nullable()
      .default(null),
    'Keep the weights of the encoder as they are; it learns when empty',
  ),
  layer_decay: field(
    z
      .object({
        factor: field(
          z.number().gt(0).max(1).default(0.75),
          'Learning rate of a layer divided by that of the next one towards the head',
        ),
        by: field(z.enum(['block', 'stage']).default('block'), 'What a layer of the encoder is'),
      })
      .nullable()
      .default(null),
    'Learning rates that fall from the head to the image; one rate for all when empty',
  ),
  weight_average: field(
    z
      .object({
        decay: field(z.number().gt(0).lt(1).default(0.999), 'Share of the average that stays at each step'),
        warm_up: field(
          z.boolean().default(true),
          'Begin with smaller shares, (1 + n) / (10 + n) after n steps, so that the start is forgotten',
        ),
      })
      .nullable()
      .default(null),
    'Exponential moving average of the weights, which validates and is saved; the last weights when empty',
  ),
  resume: field(z.string().nullable().default(null), 'Checkpoint of an interrupted run to go on with', {
    allowed: 'the path of a .ckpt file',
  }),
});

export const checkpointsSection = section('What is saved while training', {
  monitor: field(
    z.string().default('val_loss'),
    'Value that decides which checkpoint is best and when to stop: val_loss, train_loss, val_miou, val_iou_<class>',
  ),
  mode: field(z.enum(['min', 'max']).default('min'), 'Whether a smaller or a larger value is better'),
  last: field(z.boolean().default(true), 'Keep the checkpoint of the last epoch beside the best one'),
  weights_only: field(z.boolean().default(false), 'Save weights alone: smaller, but training cannot resume'),
  verbose: field(z.boolean().default(false), 'Say so whenever a checkpoint is written'),
});
