import type { Nomenclature } from '../../core/nomenclature.ts';
import { NOMENCLATURES } from '../../core/nomenclature-registry.ts';
import { api, type PatchPage } from '../api.ts';
import { bar, h, swatch } from '../dom.ts';
import { formatPercent, words } from '../language.ts';
import { Latest } from '../latest.ts';
import { thumbnail } from '../thumbnail.ts';
import { maskClass, maskQuery, nomenclatureOfColors } from './mask-classes.ts';

/** The room where data sets are leafed through: images, masks and what the masks hold. */
export class DataRoom {
  readonly element: HTMLElement;
  private readonly list = h('select', { id: 'list' });
  private readonly classes = h(
    'select',
    { id: 'classes' },
    h('option', { value: '' }, words.asNumbers),
    ...NOMENCLATURES.map(({ id, title }) => h('option', { value: id }, title)),
  );
  private readonly place = h('span', { class: 'number', role: 'status' });
  private readonly patches = h('ul', { class: 'patches' });
  private readonly showRaster: (id: string) => void;
  private offset = 0;
  private total = 0;
  private page: PatchPage | null = null;
  private readonly pages = new Latest();

  constructor(showRaster: (id: string) => void) {
    this.showRaster = showRaster;
    const turn = (by: number) => {
      const next = this.offset + by;
      if (next < 0 || next >= this.total) return;
      this.offset = next;
      void this.turn();
    };
    this.list.addEventListener('change', () => {
      this.offset = 0;
      void this.turn();
    });
    this.classes.addEventListener('change', () => this.draw());
    this.element = h(
      'section',
      { class: 'room' },
      h('h2', {}, words.data),
      h(
        'div',
        { class: 'row' },
        h('label', {}, words.list, this.list),
        h('label', {}, words.classesOf, this.classes),
        h('button', { type: 'button', onclick: () => turn(-12) }, words.previous),
        this.place,
        h('button', { type: 'button', onclick: () => turn(12) }, words.next),
      ),
      this.patches,
    );
  }

  async load(): Promise<void> {
    if (this.list.options.length > 0) return;
    const sets = await api.dataSets();
    if (sets.length === 0) {
      this.patches.replaceChildren(h('li', { class: 'hint' }, words.noData));
      return;
    }
    this.list.replaceChildren(
      ...sets.map(({ id, folder, name }) => h('option', { value: id }, `${folder}/${name}`)),
    );
    await this.turn();
  }

  private async turn(): Promise<void> {
    const isLatest = this.pages.ask();
    const page = await api.patches(this.list.value, this.offset);
    // Whoever chose another list meanwhile does not want this one any more.
    if (!isLatest()) return;
    this.total = page.total;
    this.place.textContent = `${page.offset + 1}–${page.offset + page.patches.length} ${words.of} ${page.total}`;
    this.page = page;
    // Masks that are painted tell which classes they have; numbers could be anybody's.
    const painted = nomenclatureOfColors(
      page.patches.flatMap(({ values }) => values.map(([value]) => value)),
    );
    if (painted !== null) this.classes.value = painted.id;
    this.draw();
  }

  private draw(): void {
    const nomenclature = NOMENCLATURES.find(({ id }) => id === this.classes.value) ?? null;
    const patches = this.page?.patches ?? [];
    this.patches.replaceChildren(...patches.map((patch) => this.card(patch, nomenclature)));
  }

  private card(
    { id, name, mask, values, ...size }: PatchPage['patches'][number],
    nomenclature: Nomenclature | null,
  ): HTMLElement {
    const total = values.reduce((sum, [, pixels]) => sum + pixels, 0);
    const largest = [...values].sort(([, a], [, b]) => b - a).slice(0, 6);
    const query = maskQuery(
      values.map(([value]) => value),
      nomenclature,
    );
    return h(
      'li',
      { class: 'card' },
      h('h3', {}, name),
      h(
        'div',
        { class: 'pictures' },
        thumbnail(id, size, name),
        mask === null ? null : thumbnail(mask, size, `${words.truth}: ${name}`, query),
      ),
      h(
        'ul',
        { class: 'stages', 'aria-label': words.shares },
        ...largest.map(([value, pixels]) => {
          const { name: title, color } = maskClass(value, nomenclature);
          return h(
            'li',
            {},
            color === null ? null : swatch(color),
            h('span', { class: 'name' }, title),
            bar(pixels / total, color ?? undefined),
            h('span', { class: 'number' }, formatPercent(pixels / total)),
          );
        }),
      ),
      h('button', { type: 'button', onclick: () => this.showRaster(id) }, words.show),
    );
  }
}
