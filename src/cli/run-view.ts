import type { ClassDefinition } from '../core/index.ts';
import { averagesTable, classTable, confusionsTable, ignTables } from '../evaluation/index.ts';
import type { PublishedStart, RunEvent, RunScores } from '../workflows/index.ts';
import type { Console } from './console.ts';
import { formatDuration, formatRate } from './progress-text.ts';
import { missingStatisticsText } from './sentinel-remark.ts';

const TASKS = { train: 'Training', predict: 'Prediction', metrics: 'Metrics' } as const;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Names that a line of events gives at most before it counts the rest. */
const LISTED = 10;

function listed(items: readonly string[]): string {
  const shown = items.slice(0, LISTED).map((item) => `  ${item}`);
  const rest = items.length - shown.length;
  return [...shown, ...(rest > 0 ? [`  … and ${rest} more`] : [])].join('\n');
}

/** Tells on a console what happens in a run. */
export class RunView {
  private readonly console: Console;
  private readonly patchesPerStep: number;
  private readonly verboseCheckpoints: boolean;
  private waiting = 0;
  private speed = 0;
  private epochs: number;

  constructor(
    console: Console,
    { batchSize, epochs, verbose }: { batchSize: number; epochs: number; verbose: boolean },
  ) {
    this.console = console;
    this.patchesPerStep = batchSize;
    this.epochs = epochs;
    this.verboseCheckpoints = verbose;
  }

  /** Handles one event. */
  handle(event: RunEvent): void {
    const { console } = this;
    switch (event.kind) {
      case 'task':
        console.say(`${TASKS[event.task]}: ${event.patches} patches`);
        console.emit('task', { task: event.task, patches: event.patches });
        break;
      case 'start':
        this.start(event.report);
        break;
      case 'published':
        this.published(event.start);
        break;
      case 'step':
        this.waiting = event.waiting;
        this.speed = event.patchesPerSecond;
        console.progress({
          label: `epoch ${event.epoch + 1}/${this.epochs}`,
          done: event.step * this.patchesPerStep,
          total: event.steps * this.patchesPerStep,
          unit: 'patches',
          facts: [
            `loss ${event.loss.toFixed(4)}`,
            `mIoU ${percent(event.miou)}`,
            `${formatRate(event.patchesPerSecond)} patches/s`,
            `waiting ${percent(event.waiting)}`,
          ],
        });
        break;
      case 'validation':
        console.progress({
          label: `validation ${event.epoch + 1}/${this.epochs}`,
          done: event.done,
          total: event.total,
          unit: 'batches',
        });
        break;
      case 'epoch':
        this.epoch(event);
        break;
      case 'checkpoint':
        if (event.reason === 'interrupted' || this.verboseCheckpoints) console.say(`saved ${event.path}`);
        console.emit('checkpoint', { path: event.path, reason: event.reason });
        break;
      case 'bad':
        console.warn(
          `${event.patches.length === 1 ? 'one patch was' : `${event.patches.length} patches were`} left out:\n${listed(event.patches.map(({ error }) => error.message.split('\n')[0]!))}`,
        );
        break;
      case 'stopped':
        if (event.reason === 'early')
          console.say(`stopped early after epoch ${event.epoch + 1}: no progress`);
        console.emit('stopped', { epoch: event.epoch + 1, reason: event.reason });
        break;
      case 'progress':
        console.progress({
          label: TASKS[event.task].toLowerCase(),
          done: event.done,
          total: event.total,
          unit: 'patches',
        });
        break;
      case 'without-statistics':
        console.warn(missingStatisticsText(event.images, event.of));
        break;
      case 'written':
        console.say(`written ${event.path}`);
        console.emit('written', { path: event.path });
        break;
    }
  }

  private published({ name, loaded, reshaped, missing, adapted, problem }: PublishedStart): void {
    const { console } = this;
    if (problem === null) {
      console.say(`${loaded} tensors start from the published weights of ${name}`);
      if (adapted.length > 0) console.say(`adapted to the bands: ${adapted.join(', ')}`);
      if (reshaped.length > 0)
        console.say(`published for other classes, so they start afresh:\n${listed(reshaped)}`);
      if (missing.length > 0) console.say(`not published, so they start afresh:\n${listed(missing)}`);
    } else {
      console.warn(
        `training starts from random numbers: the published weights of ${name} cannot be had\n${problem.message}`,
      );
    }
    console.emit('published', {
      name,
      loaded,
      reshaped,
      missing,
      adapted,
      problem: problem?.problem ?? null,
    });
  }

  private start({ file, loaded, total, missing, unexpected, reshaped }: StartReport): void {
    const { console } = this;
    console.say(`${loaded} of ${total} tensors start from ${file}`);
    if (reshaped.length > 0) console.warn(`of another shape, so they start afresh:\n${listed(reshaped)}`);
    if (missing.length > 0) console.warn(`not in the file, so they start afresh:\n${listed(missing)}`);
    if (unexpected.length > 0)
      console.warn(`in the file and not in the network, ignored:\n${listed(unexpected)}`);
    console.emit('start', { file, loaded, total, missing, unexpected, reshaped });
  }

  private epoch(event: Extract<RunEvent, { kind: 'epoch' }>): void {
    const { log, seconds, improved } = event;
    this.epochs = event.epochs;
    const facts = [
      `train loss ${log.train_loss!.toFixed(4)}`,
      ...(log.val_loss === undefined ? [] : [`val loss ${log.val_loss.toFixed(4)}`]),
      `mIoU ${percent(log.val_miou ?? log.train_miou!)}`,
      `lr ${log.learning_rate!.toPrecision(2)}`,
      ...(this.speed > 0 ? [`${formatRate(this.speed)} patches/s`, `waiting ${percent(this.waiting)}`] : []),
      formatDuration(seconds),
    ];
    const place = `epoch ${String(event.epoch + 1).padStart(String(event.epochs).length)}/${event.epochs}`;
    this.console.say(`${place}  ${facts.join(' · ')}${improved ? '  ★ best' : ''}`);
    this.console.emit('epoch', { epoch: event.epoch + 1, epochs: event.epochs, seconds, improved, ...log });
  }
}

type StartReport = Extract<RunEvent, { kind: 'start' }>['report'];

/** The scores of a run, both ways, as tables. */
export function scoresText(
  { evaluation, strict, ign }: RunScores,
  classes: readonly ClassDefinition[],
): string {
  return [
    averagesTable([strict, ign]),
    '',
    'By class, strict',
    classTable(strict, classes),
    '',
    'By class, IGN’s way',
    classTable(ign, classes),
    '',
    'Largest confusions',
    confusionsTable(evaluation.matrix, classes),
  ].join('\n');
}

/** The scores as IGN's `flair` prints them, followed by the strict ones in the same layout. */
export function ignScoresText({ strict, ign }: RunScores, classes: readonly ClassDefinition[]): string {
  return [
    'Scores IGN’s way (classes of weight 0 lose row and column)',
    ignTables(ign, classes),
    'Scores the strict way (predictions of unused classes are errors)',
    ignTables(strict, classes),
  ].join('\n');
}
