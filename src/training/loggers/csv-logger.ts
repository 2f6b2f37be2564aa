import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { TrainingEvent, TrainingListener } from '../events.ts';

const field = (value: string | number): string =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);

/**
 * Writes one line an epoch: `epoch,seconds,…` with a column for each logged value. A resumed run goes on in the same
 * file when the columns are the same.
 */
export class CsvLogger implements TrainingListener {
  private readonly path: string;
  private columns: string[] | null = null;

  /** @param append keep the lines of the run that is resumed */
  constructor(path: string, append: boolean) {
    this.path = path;
    if (append && existsSync(path)) this.columns = readFileSync(path, 'utf8').split('\n', 1)[0]!.split(',');
    else writeFileSync(path, '');
  }

  handle(event: TrainingEvent): void {
    if (event.kind !== 'epoch') return;
    const row: Record<string, number> = { epoch: event.epoch + 1, seconds: event.seconds, ...event.log };
    if (this.columns === null) {
      this.columns = Object.keys(row).map(field);
      appendFileSync(this.path, `${this.columns.join(',')}\n`);
    }
    const cells = this.columns.map((column) => row[column.replace(/^"|"$/g, '').replaceAll('""', '"')] ?? '');
    appendFileSync(this.path, `${cells.join(',')}\n`);
  }
}
