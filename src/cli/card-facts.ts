import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { CardFacts, CardFigure, ModelCard } from '../evaluation/index.ts';
import { readConfusionMatrix } from '../evaluation/index.ts';
import type { NetworkDescription } from '../inference/index.ts';
import { loadCheckpoint } from '../training/index.ts';
import { classDefinitions, findBestCheckpoint, type TrainingRecipe } from '../workflows/index.ts';
import { FlagError } from './class-options.ts';

/** What a card says that no file knows. */
export interface CardFlags {
  readonly name?: string;
  readonly license: string;
  readonly dataset?: string;
}

function hyperparameters({
  training,
  optimizer,
  scheduler,
  loss,
  seed,
  precision,
}: TrainingRecipe): CardFacts {
  return {
    Optimiser: optimizer.kind,
    'Learning rate': optimizer.learningRate,
    'Weight decay': optimizer.weightDecay,
    Schedule: scheduler.kind,
    Loss: loss.terms.map(({ kind, weight }) => (weight === 1 ? kind : `${weight} × ${kind}`)).join(' + '),
    'Class weights': loss.classWeights ? 'yes' : 'no',
    'Batch size': training.batchSize,
    'Epochs, at most': training.epochs,
    Precision: precision,
    Seed: seed,
  };
}

/** Epochs and best epoch of a run's `metrics.csv`. */
async function trainingLog(folder: string): Promise<CardFacts> {
  const path = join(folder, 'metrics.csv');
  if (!existsSync(path)) return {};
  const [head, ...rows] = (await readFile(path, 'utf8')).trim().split('\n');
  const column = (name: string) => head!.split(',').indexOf(name);
  const seconds = rows.reduce((sum, row) => sum + Number(row.split(',')[column('seconds')]), 0);
  return { Epochs: rows.length, 'Training time': `${(seconds / 60).toFixed(1)} min` };
}

function figuresOf(metrics: string): CardFigure[] {
  const captions: Readonly<Record<string, string>> = {
    'confmat_norm-recall.png': 'Confusion matrix normalised by rows: recall on the diagonal',
    'confmat_norm-precision.png': 'Confusion matrix normalised by columns: precision on the diagonal',
    'panels_typical.png': 'Typical patches: image, truth, prediction, errors',
  };
  const found = existsSync(metrics) ? readdirSync(metrics) : [];
  return Object.entries(captions)
    .filter(([file]) => found.includes(file))
    .map(([file, caption]) => ({ caption, file: join('metrics', file) }));
}

/**
 * What the card of a run says: from its best checkpoint (network, classes, normalisation, recipe), its confusion matrix and
 * its log.
 * @throws FlagError when the folder is no run, or was not scored
 */
export async function cardOfRun(folder: string, flags: CardFlags): Promise<ModelCard> {
  const checkpoint = findBestCheckpoint(join(folder, 'checkpoints'));
  const matrixFile = join(folder, 'metrics', 'confmat.npy');
  const missing =
    checkpoint === null ? 'no checkpoint' : existsSync(matrixFile) ? null : 'no metrics/confmat.npy';
  if (missing !== null || checkpoint === null) {
    throw new FlagError(`there is ${missing} in this folder`, {
      file: folder,
      remedy: 'give the folder of a run that was trained and scored (`arpent run`)',
    });
  }
  const { description } = loadCheckpoint(checkpoint);
  if (description === null) {
    throw new FlagError('this checkpoint does not say what network it belongs to', {
      file: checkpoint,
      remedy: 'train with this version of arpent, or write the card from --metrics',
    });
  }
  const { model, channels, normalization, classes, recipe } = description as unknown as NetworkDescription & {
    readonly recipe?: TrainingRecipe;
  };
  const { architecture } = model;
  const network =
    architecture.kind === 'huggingface'
      ? architecture.model
      : `${architecture.encoder}-${architecture.decoder}`;
  const custom = normalization.kind === 'custom' ? normalization : null;
  return {
    name: flags.name ?? recipe?.name ?? basename(resolve(folder)),
    license: flags.license,
    architecture: network,
    channels: channels.map((band, i) => ({
      name: `band ${band}`,
      mean: custom?.means[i],
      std: custom?.stds[i],
    })),
    classes: classDefinitions(classes),
    dataset: { name: flags.dataset ?? 'unnamed' },
    ...(recipe ? { hyperparameters: hyperparameters(recipe) } : {}),
    compute: await trainingLog(folder),
    matrix: await readConfusionMatrix(matrixFile),
    figures: figuresOf(join(folder, 'metrics')),
  };
}
