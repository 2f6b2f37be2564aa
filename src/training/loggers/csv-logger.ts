import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseTrainingLog } from '../../evaluation/index.ts';
import type { TrainingEvent, TrainingListener } from '../events.ts';

const field = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

/**
 * Writes one line an epoch: `epoch,seconds,…` with a column for each logged value. A resumed run goes on in the same
 * file, in its columns.
 */
export class CsvLogger implements TrainingListener {
  private readonly path: string;
  private columns: readonly string[] | null = null;

  /** @param append keep the lines of the run that is resumed */
  constructor(path: string, append: boolean) {
    this.path = path;
    const before = append && existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (before === '') writeFileSync(path, '');
    else this.columns = [...parseTrainingLog(before, path).keys()];
  }

  handle(event: TrainingEvent): void {
    if (event.kind !== 'epoch') return;
    const row: Record<string, number> = { epoch: event.epoch + 1, seconds: event.seconds, ...event.log };
    if (this.columns === null) {
      this.columns = Object.keys(row);
      appendFileSync(this.path, `${this.columns.map(field).join(',')}\n`);
    }
    appendFileSync(this.path, `${this.columns.map((column) => row[column] ?? '').join(',')}\n`);
  }
}
