import { api, type Run } from '../api.ts';
import { h } from '../dom.ts';
import { words } from '../language.ts';
import { Latest } from '../latest.ts';
import { chart, type Series } from './chart.ts';
import { confusionTable } from './confusion.ts';
import { PatchBrowser } from './patch-browser.ts';

/** The room where runs are followed and compared. */
export class TrainingRoom {
  readonly element: HTMLElement;
  private readonly run = h('select', { id: 'run' });
  private readonly other = h('select', { id: 'other' });
  private readonly content = h('div', { class: 'training' });
  private readonly showRaster: (id: string) => void;
  private shown = '';
  private readonly readings = new Latest();

  constructor(showRaster: (id: string) => void) {
    this.showRaster = showRaster;
    this.element = h(
      'section',
      { class: 'room' },
      h('h2', {}, words.training),
      h(
        'div',
        { class: 'row' },
        h('label', {}, words.run, this.run),
        h('label', {}, words.compare, this.other),
      ),
      this.content,
    );
    for (const select of [this.run, this.other]) select.addEventListener('change', () => void this.load());
  }

  /** Reads the logs again: a run that trains grows while one looks on. */
  async load(): Promise<void> {
    const isLatest = this.readings.ask();
    const runs = await api.runs();
    if (!isLatest()) return;
    if (runs.length === 0) {
      this.content.replaceChildren(h('p', { class: 'hint' }, words.noRuns));
      return;
    }
    this.offer(this.run, runs, false);
    this.offer(this.other, runs, true);
    const chosen = [this.run.value, this.other.value].filter(
      (id, i, all) => id !== '' && all.indexOf(id) === i,
    );
    const found = await Promise.all(chosen.map((id) => api.run(id)));
    const text = JSON.stringify(found);
    if (!isLatest() || text === this.shown) return;
    this.shown = text;
    this.content.replaceChildren(...this.figures(found));
  }

  private offer(
    select: HTMLSelectElement,
    runs: readonly { id: string; name: string }[],
    none: boolean,
  ): void {
    const before = select.value;
    select.replaceChildren(
      ...(none ? [h('option', { value: '' }, words.none)] : []),
      ...runs.map(({ id, name }) => h('option', { value: id, selected: id === before }, name)),
    );
  }

  private figures(runs: readonly Run[]): HTMLElement[] {
    const series = (wanted: (column: string) => boolean, label: (column: string) => string): Series[] =>
      runs.flatMap(({ name, columns }, i) =>
        Object.entries(columns)
          .filter(([column]) => wanted(column))
          .map(([column, values], tone) => ({
            name: runs.length > 1 ? `${label(column)} · ${name}` : label(column),
            ...{ values, tone },
            dashed: i > 0,
          })),
      );
    const list = (column: string) =>
      column.startsWith('train_')
        ? words.trainingList
        : column.startsWith('val_')
          ? words.validationList
          : column;
    const curves = [
      chart(
        words.loss,
        series((column) => column.endsWith('_loss'), list),
      ),
      chart(
        words.miou,
        series((column) => column.endsWith('_miou'), list),
      ),
      chart(
        words.perClass,
        series(
          (column) => column.startsWith('val_iou_'),
          (column) => column.slice('val_iou_'.length),
        ),
      ),
    ];
    const tables = runs.flatMap(({ name, confusion }) => {
      const title = runs.length > 1 ? `${words.confusion} · ${name}` : words.confusion;
      return confusion === null ? [] : [confusionTable(title, confusion)];
    });
    const browsers = runs.map((run) => {
      const browser = new PatchBrowser(run, this.showRaster);
      void browser.load();
      return browser.element;
    });
    return [h('div', { class: 'charts' }, ...curves), h('div', { class: 'charts' }, ...tables), ...browsers];
  }
}
