import { stringify } from 'yaml';
import type { ClassDefinition } from '../core/index.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import { ignScores, type Scores, type ScoringWay, strictScores } from './metrics.ts';
import { cell } from './text-table.ts';

/** An input channel and the statistics it is normalised with. */
export interface CardChannel {
  readonly name: string;
  readonly mean?: number | undefined;
  readonly std?: number | undefined;
}

/** Names and values of a table or list, in order. */
export type CardFacts = Readonly<Record<string, string | number>>;

/** A figure that lies beside the card. */
export interface CardFigure {
  readonly caption: string;
  /** Path relative to the card. */
  readonly file: string;
}

/** What a model card says. Parts that are left out leave no trace in it. */
export interface ModelCard {
  readonly name: string;
  /** A Hugging Face licence id, such as `etalab-2.0` or `apache-2.0`. */
  readonly license: string;
  readonly tags?: readonly string[];
  /** One paragraph: what the network does. */
  readonly summary?: string;
  readonly architecture: string;
  readonly channels: readonly CardChannel[];
  readonly classes: readonly ClassDefinition[];
  /** Ground size of a pixel, in metres. */
  readonly resolution?: number;
  readonly dataset: { readonly name: string; readonly type?: string };
  /** Sizes of the sets: `{ train: '174 700 patches', … }`. */
  readonly trainingData?: CardFacts;
  /** Optimiser, learning rate, epochs, …. */
  readonly hyperparameters?: CardFacts;
  /** Machine, time, speed. */
  readonly compute?: CardFacts;
  /** What was tested on, in a sentence or two. */
  readonly testData?: string;
  readonly matrix: ConfusionMatrix;
  /** Which way of scoring heads the card (default `strict`); averages are given both ways. */
  readonly way?: ScoringWay;
  readonly figures?: readonly CardFigure[];
  readonly limitations?: readonly string[];
  readonly repository?: string;
  readonly developedBy?: string;
  /** A BibTeX entry. */
  readonly citation?: string;
}

const DIGITS = 3;
const rounded = (value: number) => Number(value.toFixed(DIGITS));
const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Metadata of the Hugging Face hub: `model-index` with the averages and each class's IoU, in percent. */
function frontMatter(card: ModelCard, scores: Scores): string {
  const metric = (name: string, type: string, value: number) => ({ name, type, value: rounded(value) });
  const metrics = [
    metric('mIoU', 'mIoU', scores.miou),
    metric('Overall Accuracy', 'OA', scores.overallAccuracy),
    metric('Fscore', 'Fscore', scores.fscore),
    metric('Precision', 'Precision', scores.precision),
    metric('Recall', 'Recall', scores.recall),
    ...scores.perClass.map(({ index, iou }) =>
      metric(`IoU ${capitalised(card.classes[index]!.name)}`, 'IoU', iou),
    ),
  ].filter(({ value }) => Number.isFinite(value));
  const dataset = { name: card.dataset.name, type: card.dataset.type ?? 'earth-observation-dataset' };
  const result = { task: { type: 'semantic-segmentation' }, dataset, metrics };
  const data = {
    license: card.license,
    library_name: 'arpent',
    tags: card.tags ?? ['segmentation', 'aerial imagery', 'landcover'],
    'model-index': [{ name: card.name, results: [result] }],
    pipeline_tag: 'image-segmentation',
  };
  return `---\n${stringify(data, { lineWidth: 0 })}---`;
}

const escaped = (text: string | number) => String(text).replaceAll('|', '\\|');

function markdownTable(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `|${titles.map((_, place) => (place === 0 ? ' --- ' : ' ---: ')).join('|')}|`;
  return [line(titles), rule, ...rows.map(line)].join('\n');
}

const factsTable = (titles: readonly [string, string], facts: CardFacts) =>
  markdownTable(titles, Object.entries(facts));

function section(title: string, ...parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined);
  return present.length === 0 ? undefined : [title, ...present].join('\n\n');
}

function facts(card: ModelCard): string {
  const learned = card.classes.filter(({ weight }) => weight > 0).map(({ name }) => name);
  const off = card.classes.filter(({ weight }) => weight === 0).map(({ name }) => name);
  return [
    `- **Architecture:** ${card.architecture}`,
    `- **Input:** ${card.channels.map(({ name }) => name).join(', ')}`,
    ...(card.resolution === undefined ? [] : [`- **Resolution:** ${card.resolution} m per pixel`]),
    `- **Classes (${learned.length}):** ${learned.join(', ')}`,
    ...(off.length === 0 ? [] : [`- **Outputs that are not learned:** ${off.join(', ')}`]),
    `- **Trained on:** ${card.dataset.name}`,
    ...(card.developedBy === undefined ? [] : [`- **Developed by:** ${card.developedBy}`]),
    ...(card.repository === undefined ? [] : [`- **Repository:** ${card.repository}`]),
    `- **Licence:** ${card.license}`,
  ].join('\n');
}

function normalisation({ channels }: ModelCard): string | undefined {
  if (channels.every(({ mean, std }) => mean === undefined && std === undefined)) return undefined;
  const rows = channels.map(({ name, mean, std }) => [name, mean ?? '–', std ?? '–']);
  return section(
    '### Normalisation',
    'Each channel has its mean taken away and is divided by its standard deviation. Use the same values on new images.',
    markdownTable(['Channel', 'Mean', 'Standard deviation'], rows),
  );
}

const WAYS = {
  ign: 'IGN’s way: classes of weight 0 lose their row and column in the confusion matrix first',
  strict: 'strict: a pixel predicted as a class of weight 0 counts as an error',
} as const;

function averages(scored: readonly Scores[]): string {
  const rows = scored.map((scores) => [
    WAYS[scores.way],
    ...[scores.miou, scores.overallAccuracy, scores.fscore, scores.precision, scores.recall].map((value) =>
      cell(value, DIGITS),
    ),
  ]);
  return markdownTable(['Averages (%)', 'mIoU', 'OA', 'F-score', 'Precision', 'Recall'], rows);
}

function perClass(scores: Scores, classes: readonly ClassDefinition[]): string {
  const numbers = (values: readonly number[]) => values.map((value) => cell(value, DIGITS));
  const rows = scores.perClass.map(({ index, iou, fscore, precision, recall }) => [
    classes[index]!.name,
    ...numbers([iou, fscore, precision, recall]),
  ]);
  const means = numbers([scores.miou, scores.fscore, scores.precision, scores.recall]);
  const average = ['**average**', ...means.map((value) => `**${value}**`)];
  return markdownTable(
    ['Classes', 'IoU (%)', 'Fscore (%)', 'Precision (%)', 'Recall (%)'],
    [...rows, average],
  );
}

/**
 * A model card in Markdown with the front matter of the Hugging Face hub, laid out as IGN's FLAIR cards are: what the
 * network is, its normalisation, how it was trained, how it scores (averages both ways, each class), its figures.
 * @returns the text of a `README.md`; it depends on nothing but its input.
 */
export function renderModelCard(card: ModelCard): string {
  const { matrix, classes, way = 'strict' } = card;
  const both = [ignScores(matrix, classes), strictScores(matrix, classes)];
  const headline = both.find((scores) => scores.way === way)!;
  const figures =
    card.figures?.map(({ caption, file }) => `![${caption}](${encodeURI(file)})\n\n*${caption}*`) ?? [];
  const sentence = `**${card.name}** reaches **OA = ${cell(headline.overallAccuracy, DIGITS)} %** and **mIoU = ${cell(headline.miou, DIGITS)} %** (${WAYS[way]}).`;
  const { trainingData, hyperparameters, compute, limitations, citation } = card;
  const parts = [
    frontMatter(card, headline),
    section(`# ${card.name}`, card.summary, facts(card)),
    limitations && section('## Limitations', limitations.map((line) => `- ${line}`).join('\n')),
    section(
      '## Training',
      trainingData && section('### Data', factsTable(['Set', 'Size'], trainingData)),
      normalisation(card),
      hyperparameters && section('### Hyperparameters', factsTable(['Parameter', 'Value'], hyperparameters)),
      compute && section('### Speed and machine', factsTable(['What', 'Value'], compute)),
    ),
    section(
      '## Evaluation',
      card.testData,
      sentence,
      averages(both),
      perClass(headline, classes),
      ...figures,
    ),
    citation && section('## Citation', `\`\`\`bibtex\n${citation.trim()}\n\`\`\``),
  ];
  return `${parts.filter((part) => part !== undefined).join('\n\n')}\n`;
}
