import { api, type ScoredPatches } from '../api.ts';
import { h } from '../dom.ts';
import { formatNumber, words } from '../language.ts';
import { Latest } from '../latest.ts';
import { thumbnail } from '../thumbnail.ts';

/** Patches on one page. */
const SHOWN = 6;

const query = (colors: readonly (string | null)[] | null) =>
  colors === null
    ? ''
    : `?colors=${colors.map((color) => (color === null ? '-' : color.replace('#', ''))).join(',')}`;

const percent = (value: number | null) => (value === null ? '–' : `${formatNumber(value, 1)} %`);

/** The patches of a run, the worst first: image, truth and prediction beside each other. */
export class PatchBrowser {
  readonly element: HTMLElement;
  private readonly place = h('span', { class: 'number', role: 'status' });
  private readonly list = h('ul', { class: 'patches' });
  private readonly run: string;
  private readonly show: (raster: string) => void;
  private offset = 0;
  private total = 0;
  private readonly pages = new Latest();

  constructor(run: { id: string; name: string }, show: (raster: string) => void) {
    this.run = run.id;
    this.show = show;
    const turn = (by: number) => {
      const next = this.offset + by;
      if (next < 0 || next >= this.total) return;
      this.offset = next;
      void this.load();
    };
    this.element = h(
      'figure',
      { class: 'panels patch-browser', hidden: true },
      h('figcaption', {}, `${words.worstFirst} · ${run.name}`),
      h(
        'div',
        { class: 'row' },
        h('button', { type: 'button', onclick: () => turn(-SHOWN) }, words.previous),
        this.place,
        h('button', { type: 'button', onclick: () => turn(SHOWN) }, words.next),
      ),
      this.list,
    );
  }

  /** Asks for the page of patches; a run that was not scored shows none. */
  async load(): Promise<void> {
    const isLatest = this.pages.ask();
    const page = await api.scoredPatches(this.run, this.offset, SHOWN);
    if (!isLatest()) return;
    this.total = page.total;
    this.element.hidden = page.total === 0;
    this.place.textContent = `${page.offset + 1}–${page.offset + page.patches.length} ${words.of} ${page.total}`;
    this.list.replaceChildren(...page.patches.map((patch) => this.card(patch, page)));
  }

  private card(
    { name, miou, accuracy, image, truth, prediction, size }: ScoredPatches['patches'][number],
    { predictionColors, truthColors }: ScoredPatches,
  ): HTMLElement {
    const picture = (raster: string | null, label: string, colors: string) =>
      h(
        'figure',
        { class: 'thumb' },
        raster === null || size === null
          ? h('span', { class: 'hint' }, words.notShown)
          : thumbnail(raster, size, `${label}: ${name}`, colors),
        h('figcaption', { class: 'hint' }, label),
      );
    return h(
      'li',
      { class: 'card' },
      h('h3', {}, name),
      h('p', { class: 'hint' }, `mIoU ${percent(miou)} · ${words.accuracy} ${percent(accuracy)}`),
      h(
        'div',
        { class: 'pictures three' },
        picture(image, words.image, ''),
        picture(truth, words.truth, query(truthColors)),
        picture(prediction, words.prediction, query(predictionColors)),
      ),
      image === null ? null : h('button', { type: 'button', onclick: () => this.show(image) }, words.show),
    );
  }
}
