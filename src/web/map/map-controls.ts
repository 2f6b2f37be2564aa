import type { ImageEntry, Model } from '../api.ts';
import { h } from '../dom.ts';
import { words } from '../language.ts';
import type { Side } from './raster-view.ts';

/** Where networks run. */
export type Place = 'server' | 'browser';

/** What the room does when something is chosen. */
export interface ControlActions {
  readonly bring: (file: File) => void;
  readonly openAddress: (address: string) => void;
  readonly openImage: (id: string) => void;
  readonly predict: () => void;
  readonly compare: () => void;
  readonly fade: () => void;
  readonly makeMap: () => void;
}

/** Models that may be blended at once, as the API takes them. */
const MOST_MODELS = 5;

/** The panel where image, models and what is compared are chosen. */
export class MapControls {
  readonly element: HTMLElement;
  readonly about = h('p', { class: 'about', id: 'about' });
  readonly status = h('p', { class: 'status', id: 'status', role: 'status' });
  private readonly image = h('select', { id: 'image' });
  private readonly model = h('select', { id: 'model', multiple: true, size: 4 });
  private readonly second = h('select', { id: 'second' });
  private readonly where = h('select', { id: 'where' });
  private readonly left = h('select', { id: 'left' });
  private readonly right = h('select', { id: 'right' });
  private readonly fade = h('input', { id: 'opacity', type: 'range', min: '0', max: '100', value: '65' });
  private models: readonly Model[] = [];

  constructor(actions: ControlActions) {
    this.where.append(
      h('option', { value: 'server' }, words.onServer),
      h('option', { value: 'browser' }, words.inBrowser),
    );
    this.image.addEventListener('change', () => actions.openImage(this.image.value));
    for (const select of [this.model, this.second]) select.addEventListener('change', actions.predict);
    this.where.addEventListener('change', () => {
      this.offerModels();
      actions.predict();
    });
    for (const select of [this.left, this.right]) select.addEventListener('change', actions.compare);
    this.fade.addEventListener('input', actions.fade);
    const job = h('button', { type: 'button', class: 'primary', id: 'make' }, words.makeMap);
    job.addEventListener('click', actions.makeMap);
    const label = (id: string, text: string) => h('label', { htmlFor: id }, text);
    const group = (...parts: HTMLElement[]) => h('div', { class: 'group' }, ...parts);
    this.element = h(
      'div',
      { class: 'panel controls' },
      group(label('image', words.image), this.image, ...this.opening(actions), this.about),
      group(
        label('model', words.models),
        this.model,
        h('p', { class: 'hint' }, words.blend),
        label('where', words.where),
        this.where,
      ),
      group(
        label('second', words.second),
        this.second,
        h(
          'div',
          { class: 'pair', role: 'group', 'aria-label': words.compareSides },
          h('label', { htmlFor: 'left' }, words.left, this.left),
          h('label', { htmlFor: 'right' }, words.right, this.right),
        ),
        label('opacity', words.opacity),
        this.fade,
      ),
      group(job, this.status),
    );
  }

  private opening({ bring, openAddress }: ControlActions): HTMLElement[] {
    const accept = '.tif,.tiff,.png,.jpg,.jpeg,.jp2,.webp,.onnx';
    const file = h('input', { type: 'file', accept, class: 'visually-hidden', id: 'file' });
    file.addEventListener('change', () => file.files?.[0] && bring(file.files[0]));
    const address = h('input', { type: 'url', id: 'address', placeholder: 'https://…/image.tif' });
    const submit = (event: Event) => {
      event.preventDefault();
      openAddress(address.value);
    };
    return [
      h(
        'div',
        { class: 'file' },
        file,
        h('label', { htmlFor: 'file', class: 'button wide' }, words.openFile),
      ),
      h(
        'form',
        { class: 'row', onsubmit: submit },
        h('label', { htmlFor: 'address', class: 'visually-hidden' }, words.address),
        address,
        h('button', { type: 'submit' }, words.open),
      ),
    ];
  }

  offer(images: readonly ImageEntry[], models: readonly Model[]): void {
    this.models = models;
    this.image.replaceChildren(
      h('option', { value: '', disabled: true, selected: true }, words.chooseImage),
      ...images.map(({ id, folder, name }) => h('option', { value: id }, `${folder}/${name}`)),
    );
    this.second.replaceChildren(
      h('option', { value: '' }, words.none),
      ...models.map(({ id, name }) => h('option', { value: id }, name)),
    );
    this.offerModels();
  }

  /** Adds a model and chooses it. */
  offerModel(model: Model): void {
    this.models = [...this.models, model];
    this.second.append(h('option', { value: model.id }, model.name));
    this.offerModels(model);
  }

  /** Models that can run where they are to run; what was chosen stays chosen if it can. */
  private offerModels(wanted?: Model): void {
    const possible = this.models.filter(({ onnx }) => this.place === 'server' || onnx);
    const before = wanted === undefined ? this.chosen.filter((model) => possible.includes(model)) : [wanted];
    const chosen = before.length > 0 ? before : possible.slice(0, 1);
    this.model.size = Math.max(2, Math.min(6, possible.length));
    this.model.replaceChildren(
      ...possible.map((model) =>
        h('option', { value: model.id, selected: chosen.includes(model) }, model.name),
      ),
    );
    if (this.models.length === 0) this.status.textContent = words.noModels;
    else if (possible.length === 0) this.status.textContent = words.noOnnx;
  }

  /** Offers what there is for each side. */
  offerSides(truth: boolean): void {
    const offered: [Side, string][] = [
      ['prediction', words.prediction],
      ['image', words.image],
    ];
    if (truth) offered.push(['truth', words.truth]);
    if (this.second.value !== '') offered.push(['second', words.secondShort]);
    for (const select of [this.left, this.right]) {
      const before = select.value;
      select.replaceChildren(
        ...offered.map(([value, text]) => h('option', { value, selected: value === before }, text)),
      );
    }
  }

  /** The models whose probabilities are blended. */
  get chosen(): Model[] {
    const ids = [...this.model.selectedOptions].map(({ value }) => value);
    return this.models.filter(({ id }) => ids.includes(id)).slice(0, MOST_MODELS);
  }

  get secondModel(): Model | undefined {
    return this.models.find(({ id }) => id === this.second.value);
  }

  get place(): Place {
    return this.where.value as Place;
  }

  get sides(): readonly [Side, Side] {
    return [this.left.value as Side, this.right.value as Side];
  }

  /** What both sides show, in words. */
  get sideNames(): readonly [string, string] {
    const name = (select: HTMLSelectElement) => select.selectedOptions[0]?.textContent ?? '';
    return [name(this.left), name(this.right)];
  }

  /** 0 to 1. */
  get opacity(): number {
    return Number(this.fade.value) / 100;
  }
}
