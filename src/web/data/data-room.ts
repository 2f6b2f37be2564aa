import { api, type PatchPage } from '../api.ts';
import { bar, h, swatch } from '../dom.ts';
import { formatPercent, words } from '../language.ts';
import { thumbnail } from '../thumbnail.ts';

/** The room where data sets are leafed through: images, masks and what the masks hold. */
export class DataRoom {
  readonly element: HTMLElement;
  private readonly list = h('select', { id: 'list' });
  private readonly place = h('span', { class: 'number', role: 'status' });
  private readonly patches = h('ul', { class: 'patches' });
  private readonly showRaster: (id: string) => void;
  private offset = 0;
  private total = 0;

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
    this.element = h(
      'section',
      { class: 'room' },
      h('h2', {}, words.data),
      h(
        'div',
        { class: 'row' },
        h('label', {}, words.data, this.list),
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
    const page = await api.patches(this.list.value, this.offset);
    this.total = page.total;
    this.place.textContent = `${page.offset + 1}–${page.offset + page.patches.length} ${words.of} ${page.total}`;
    this.patches.replaceChildren(...page.patches.map((patch) => this.card(patch)));
  }

  private card({ id, name, mask, values, ...size }: PatchPage['patches'][number]): HTMLElement {
    const total = values.reduce((sum, [, pixels]) => sum + pixels, 0);
    const largest = [...values].sort(([, a], [, b]) => b - a).slice(0, 6);
    return h(
      'li',
      { class: 'card' },
      h('h3', {}, name),
      h(
        'div',
        { class: 'pictures' },
        thumbnail(id, size, name),
        mask === null ? null : thumbnail(mask, size, `${words.truth}: ${name}`),
      ),
      h(
        'ul',
        { class: 'stages', 'aria-label': words.shares },
        ...largest.map(([value, pixels]) =>
          h(
            'li',
            {},
            value.startsWith('#') ? swatch(value) : null,
            h('span', { class: 'name' }, value),
            bar(pixels / total, value.startsWith('#') ? value : undefined),
            h('span', { class: 'number' }, formatPercent(pixels / total)),
          ),
        ),
      ),
      h('button', { type: 'button', onclick: () => this.showRaster(id) }, words.show),
    );
  }
}
