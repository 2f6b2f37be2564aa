import { ArpentError } from '../../core/index.ts';
import { type CurveChart, type CurveSeries, curvesFigure } from './curves-figure.ts';
import type { Figure } from './svg.ts';

/** A training log that is no table of numbers with an epoch column. */
export class TrainingLogError extends ArpentError {}

/** The cells of a CSV line; quoted ones may hold commas and doubled quotes. */
function cellsOf(line: string): string[] {
  const quoted = /"((?:[^"]|"")*)"|([^",]*)/y;
  const cells: string[] = [];
  do {
    const [, inQuotes, plain] = quoted.exec(line) ?? [];
    cells.push((inQuotes?.replaceAll('""', '"') ?? plain ?? '').trim());
  } while (line[quoted.lastIndex++] === ',');
  return cells;
}

/**
 * Columns of a CSV log by name. Empty cells are NaN (a value that is not logged at every step).
 * @throws {TrainingLogError} when there is no header or a row is longer than it.
 */
export function parseTrainingLog(csv: string, file?: string): Map<string, number[]> {
  const lines = csv.split(/\r?\n/).filter((line) => line.trim() !== '');
  const names = cellsOf(lines[0] ?? '');
  const columns = new Map(names.map((name) => [name, [] as number[]]));
  const remedy = 'give the CSV log that training writes: a header line, then one line an epoch';
  if (!columns.has('epoch'))
    throw new TrainingLogError('there is no column "epoch"', { file, line: 1, remedy });
  for (const [row, line] of lines.slice(1).entries()) {
    const cells = cellsOf(line);
    if (cells.length > names.length) {
      throw new TrainingLogError(`${cells.length} cells under ${names.length} columns`, {
        file,
        line: row + 2,
        remedy,
      });
    }
    for (const [place, name] of names.entries()) {
      const cell = cells[place] ?? '';
      columns.get(name)!.push(cell === '' ? Number.NaN : Number(cell));
    }
  }
  return columns;
}

/** One point an epoch: the last finite value of each. */
function byEpoch(
  name: string,
  epochs: readonly number[],
  values: readonly number[],
  factor: number,
): CurveSeries {
  const points = new Map<number, number>();
  for (const [row, epoch] of epochs.entries()) {
    const value = values[row]!;
    if (Number.isFinite(epoch) && Number.isFinite(value)) points.set(epoch, value * factor);
  }
  const sorted = [...points].sort(([one], [other]) => one - other);
  return { name, x: sorted.map(([epoch]) => epoch), y: sorted.map(([, value]) => value) };
}

const READABLE: Readonly<Record<string, string>> = { train: 'training', val: 'validation' };

/**
 * Loss and mean-IoU curves from a training log with columns `epoch`, `train_loss`, `val_loss`, `val_miou`, … (any that
 * end in `_loss` or `_miou`). IoU written as a fraction is drawn in percent.
 */
export function trainingCurves(
  csv: string,
  options: { title?: string; subtitle?: string; file?: string } = {},
): Figure {
  const columns = parseTrainingLog(csv, options.file);
  const epochs = columns.get('epoch')!;
  const collect = (ending: string, factor: (values: readonly number[]) => number) =>
    [...columns]
      .filter(([name, values]) => name.endsWith(ending) && values.some(Number.isFinite))
      .map(([name, values]) => {
        const stem = name.slice(0, -ending.length);
        return byEpoch(READABLE[stem] ?? stem, epochs, values, factor(values));
      });
  const percent = (values: readonly number[]) => (values.every((value) => !(value > 1.0001)) ? 100 : 1);
  const losses = collect('_loss', () => 1);
  const scores = collect('_miou', percent);
  const charts: CurveChart[] = [];
  if (losses.length > 0) charts.push({ title: 'Loss', series: losses, best: 'lowest' });
  if (scores.length > 0)
    charts.push({ title: 'Mean IoU', series: scores, unit: ' %', best: 'highest', fromZero: true });
  if (charts.length === 0) {
    throw new TrainingLogError('there is nothing to draw', {
      file: options.file,
      remedy: 'give a log with columns such as train_loss, val_loss and val_miou',
    });
  }
  return curvesFigure(charts, options.title ?? 'Training', options.subtitle);
}
