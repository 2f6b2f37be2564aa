import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { CardFacts, CardFigure, ModelCard } from '../evaluation/index.ts';
import { readConfusionMatrix } from '../evaluation/index.ts';
import type { NetworkDescription } from '../inference/index.ts';
import { loadCheckpoint } from '../training/index.ts';
import {
  classDefinitions,
  findBestCheckpoint,
  PATCH_SCORES_FILE,
  type PatchScores,
  type TrainingRecipe,
} from '../workflows/index.ts';
import { recipeFacts } from './card-recipe.ts';
import { FlagError } from './class-options.ts';

/** What a card says that no file knows. */
export interface CardFlags {
  readonly name?: string;
  readonly license: string;
  readonly dataset?: string;
}

const patchCounts = ({ train, validation }: NonNullable<TrainingRecipe['patches']>): CardFacts => ({
  train: `${train} patches`,
  validation: `${validation} patches`,
});

/** How many patches were scored. */
async function testedOn(metrics: string): Promise<Pick<ModelCard, 'testData'>> {
  const path = join(metrics, PATCH_SCORES_FILE);
  if (!existsSync(path)) return {};
  const { patches } = JSON.parse(await readFile(path, 'utf8')) as PatchScores;
  return { testData: `Scored on ${patches.length} patches.` };
}

/** Epochs, the best of them and the time, from a run's `metrics.csv`. */
async function trainingLog(folder: string, monitor: TrainingRecipe['monitor']): Promise<CardFacts> {
  const path = join(folder, 'metrics.csv');
  if (!existsSync(path)) return {};
  const [head, ...lines] = (await readFile(path, 'utf8')).trim().split('\n');
  const names = head!.split(',');
  const rows = lines.map((line) => line.split(',').map(Number));
  const column = (name: string) => rows.map((row) => row[names.indexOf(name)] ?? Number.NaN);
  const seconds = column('seconds').reduce((sum, value) => sum + value, 0);
  const facts = { Epochs: rows.length, 'Training time': `${(seconds / 60).toFixed(1)} min` };
  if (monitor === undefined) return facts;
  const values = column(monitor.name).map((value) => (monitor.mode === 'min' ? value : -value));
  const best = values.indexOf(Math.min(...values.filter(Number.isFinite)));
  if (best < 0) return facts;
  return { ...facts, 'Best epoch': `${best + 1} (${monitor.name} ${Math.abs(values[best]!).toFixed(4)})` };
}

/** @param cardFolder folder of the card, which the paths start from */
function figuresOf(folder: string, cardFolder: string): CardFigure[] {
  const captions: Readonly<Record<string, string>> = {
    'training_curves.png': 'Loss and scores by epoch, in training and validation',
    'metrics/confmat_norm-precision.png': 'Confusion matrix normalised by columns: precision on the diagonal',
    'metrics/confmat_norm-recall.png': 'Confusion matrix normalised by rows: recall on the diagonal',
    'metrics/panels_typical.png': 'Typical patches: image, truth, prediction, errors',
  };
  return Object.entries(captions)
    .map(([file, caption]) => ({ caption, file: join(folder, file) }))
    .filter(({ file }) => existsSync(file))
    .map(({ caption, file }) => ({ caption, file: relative(cardFolder, file) }));
}

/**
 * What the card of a run says: from its best checkpoint (network, classes, normalisation, recipe), its confusion matrix and
 * its log.
 * @param cardFolder folder that receives the card
 * @throws FlagError when the folder is no run, or was not scored
 */
export async function cardOfRun(folder: string, cardFolder: string, flags: CardFlags): Promise<ModelCard> {
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
    ...(recipe ? { hyperparameters: recipeFacts(recipe, classes) } : {}),
    ...(recipe?.patches ? { trainingData: patchCounts(recipe.patches) } : {}),
    compute: await trainingLog(folder, recipe?.monitor),
    ...(await testedOn(join(folder, 'metrics'))),
    matrix: await readConfusionMatrix(matrixFile),
    figures: figuresOf(folder, cardFolder),
  };
}
