import { api, type ImageEntry, type Model, type RasterInfo } from '../api.ts';
import { h } from '../dom.ts';
import { formatNumber, formatPercent, words } from '../language.ts';
import { inspectorPanel } from './inspector.ts';
import { legendTable } from './legend.ts';
import { RasterView, type Side } from './raster-view.ts';

/** The room where images are seen and models tried. */
export class MapRoom {
  readonly element: HTMLElement;
  private readonly say: (text: string, problem?: boolean) => void;
  private readonly view: RasterView;
  private readonly imageSelect = h('select', { id: 'image' });
  private readonly modelSelect = h('select', { id: 'model', multiple: true, size: 4 });
  private readonly secondSelect = h('select', { id: 'second' });
  private readonly leftSelect = h('select', { id: 'left' });
  private readonly rightSelect = h('select', { id: 'right' });
  private readonly opacity = h('input', { id: 'opacity', type: 'range', min: '0', max: '100', value: '65' });
  private readonly border = h('input', {
    ...{ type: 'range', min: '0', max: '1000', value: '500', class: 'swipe', hidden: true },
    'aria-label': words.swipe,
  });
  private readonly borderLine = h('div', { class: 'swipe-line', hidden: true });
  private readonly about = h('p', { class: 'about' });
  private readonly status = h('p', { class: 'status', role: 'status' });
  private readonly legend = h('div', { id: 'legend' });
  private readonly legendScope = h('p', { class: 'hint' });
  private readonly inspector = h('div', { id: 'inspector' }, inspectorPanel(null, []));
  private readonly empty = h('p', { class: 'empty' }, words.drop);
  private readonly clear = h('button', { type: 'button', hidden: true }, words.clearPolygon);
  private raster: RasterInfo | null = null;
  private models: readonly Model[] = [];
  private counting = new AbortController();
  private recount: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (text: string, problem?: boolean) => void) {
    this.say = say;
    const target = h('div', { class: 'map', tabIndex: 0, role: 'application', 'aria-label': words.mapLabel });
    const stage = h('div', { class: 'stage' }, target, this.borderLine, this.border, this.empty);
    this.element = h('section', { class: 'room map-room' }, this.controls(), stage, this.side());
    this.view = new RasterView(target, (tiles) => this.progress(tiles));
    this.view.onPlace((x, y) => void this.inspect(x, y));
    this.view.map.on('moveend', () => this.countSoon());
    this.listen(stage);
  }

  private controls(): HTMLElement {
    const file = h('input', {
      type: 'file',
      accept: '.tif,.tiff,.png,.jpg,.jpeg,.jp2,.webp',
      class: 'visually-hidden',
      id: 'file',
    });
    file.addEventListener('change', () => file.files?.[0] && void this.bring(file.files[0]));
    const address = h('input', { type: 'url', id: 'address', placeholder: 'https://…/image.tif' });
    const openAddress = h(
      'form',
      {
        class: 'row',
        onsubmit: (event: Event) => {
          event.preventDefault();
          void this.show(api.open({ address: address.value }));
        },
      },
      h('label', { htmlFor: 'address', class: 'visually-hidden' }, words.address),
      address,
      h('button', { type: 'submit' }, words.open),
    );
    const job = h(
      'button',
      { type: 'button', class: 'primary', onclick: () => void this.makeMap() },
      words.makeMap,
    );
    return h(
      'div',
      { class: 'panel controls' },
      h('label', { htmlFor: 'image' }, words.image),
      this.imageSelect,
      h('label', { htmlFor: 'file', class: 'button' }, words.openFile),
      file,
      openAddress,
      this.about,
      h('label', { htmlFor: 'model' }, words.models),
      this.modelSelect,
      h('p', { class: 'hint' }, words.blend),
      h('label', { htmlFor: 'second' }, words.second),
      this.secondSelect,
      h('label', { htmlFor: 'opacity' }, words.opacity),
      this.opacity,
      h(
        'div',
        { class: 'pair' },
        h('label', { htmlFor: 'left' }, words.left, this.leftSelect),
        h('label', { htmlFor: 'right' }, words.right, this.rightSelect),
      ),
      job,
      this.status,
    );
  }

  private side(): HTMLElement {
    const draw = h(
      'button',
      {
        type: 'button',
        id: 'draw',
        onclick: () => {
          this.view.drawPolygon(() => void this.count());
          this.clear.hidden = false;
        },
      },
      words.drawPolygon,
    );
    this.clear.addEventListener('click', () => {
      this.view.clearPolygon();
      this.clear.hidden = true;
      void this.count();
    });
    return h(
      'div',
      { class: 'panel side' },
      h('h2', {}, words.legend),
      h('div', { class: 'row' }, draw, this.clear),
      this.legendScope,
      this.legend,
      h('h2', {}, words.inspector),
      this.inspector,
    );
  }

  private listen(stage: HTMLElement): void {
    this.imageSelect.addEventListener(
      'change',
      () => void this.show(api.open({ image: this.imageSelect.value })),
    );
    for (const select of [this.modelSelect, this.secondSelect])
      select.addEventListener('change', () => this.predict());
    for (const select of [this.leftSelect, this.rightSelect])
      select.addEventListener('change', () => this.compare());
    this.border.addEventListener('input', () => this.compare());
    this.opacity.addEventListener('input', () => this.view.setOpacity(Number(this.opacity.value) / 100));
    stage.addEventListener('dragover', (event) => {
      event.preventDefault();
      stage.classList.add('dropping');
    });
    stage.addEventListener('dragleave', () => stage.classList.remove('dropping'));
    stage.addEventListener('drop', (event) => {
      event.preventDefault();
      stage.classList.remove('dropping');
      const [file] = event.dataTransfer?.files ?? [];
      if (file) void this.bring(file);
    });
  }

  /** Fills the lists of images and models. */
  async load(): Promise<void> {
    const [images, models] = await Promise.all([api.images(), api.models()]);
    this.models = models;
    this.imageSelect.replaceChildren(
      h('option', { value: '', disabled: true, selected: true }, words.chooseImage),
      ...images.map(({ id, folder, name }: ImageEntry) => h('option', { value: id }, `${folder}/${name}`)),
    );
    this.modelSelect.replaceChildren(
      ...models.map(({ id, name }, i) => h('option', { value: id, selected: i === 0 }, name)),
    );
    this.secondSelect.replaceChildren(
      h('option', { value: '' }, words.none),
      ...models.map(({ id, name }) => h('option', { value: id }, name)),
    );
    if (models.length === 0) this.status.textContent = words.noModels;
    this.compare();
    if (this.chosen.length > 0) await api.load(this.chosen);
  }

  private async bring(file: File): Promise<void> {
    this.status.textContent = words.uploading;
    await this.show(api.upload(file));
  }

  /** The room came into sight: the map measures its place. */
  shown(): void {
    this.view.map.updateSize();
  }

  /** Opens a raster by its identifier, as other rooms ask for it. */
  async open(id: string): Promise<void> {
    await this.show(api.raster(id));
  }

  private async show(asked: Promise<RasterInfo>): Promise<void> {
    try {
      const raster = await asked;
      this.raster = raster;
      this.empty.hidden = true;
      this.clear.hidden = true;
      this.view.show(raster);
      this.inspector.replaceChildren(inspectorPanel(null, []));
      const size = `${formatNumber(raster.width)} × ${formatNumber(raster.height)}`;
      const ground =
        raster.groundResolution === null ? '' : ` · ${formatNumber(raster.groundResolution, 3)} m`;
      this.about.textContent = `${raster.name}: ${size} · ${raster.bands.length} × ${raster.bands[0]?.dataType ?? ''}${ground}${raster.crs === null ? '' : ` · ${raster.crs}`}`;
      this.status.textContent = '';
      this.predict();
    } catch (error) {
      this.status.textContent = '';
      this.say((error as Error).message, true);
    }
  }

  private get chosen(): string[] {
    return [...this.modelSelect.selectedOptions].map(({ value }) => value).slice(0, 5);
  }

  private get classes() {
    return this.models.find(({ id }) => id === this.chosen[0])?.classes ?? [];
  }

  private predict(): void {
    const { raster, chosen } = this;
    if (raster === null) return;
    const tiles = (models: string) => `/api/rasters/${raster.id}/predictions/${models}/tiles`;
    this.view.overlay('prediction', chosen.length === 0 ? null : tiles(chosen.join(',')));
    this.view.overlay('second', this.secondSelect.value === '' ? null : tiles(this.secondSelect.value));
    const truth = raster.truth === null ? null : `/api/rasters/${raster.truth}/tiles`;
    this.view.overlay('truth', truth, chosen[0] === undefined ? '' : `?model=${chosen[0]}`);
    this.view.setOpacity(Number(this.opacity.value) / 100);
    this.legend.replaceChildren(legendTable(this.classes, null));
    this.compare();
    this.countSoon();
  }

  /** Offers what there is for each side, and lays the border where it is wanted. */
  private compare(): void {
    const offered: [Side, string][] = [
      ['prediction', words.prediction],
      ['image', words.image],
    ];
    if (this.raster?.truth) offered.push(['truth', words.truth]);
    if (this.secondSelect.value !== '') offered.push(['second', words.secondShort]);
    for (const select of [this.leftSelect, this.rightSelect]) {
      const before = select.value;
      select.replaceChildren(
        ...offered.map(([value, text]) => h('option', { value, selected: value === before }, text)),
      );
    }
    const sides = [this.leftSelect.value as Side, this.rightSelect.value as Side] as const;
    const share = Number(this.border.value) / 1000;
    this.border.hidden = sides[0] === sides[1];
    this.borderLine.hidden = this.border.hidden;
    this.borderLine.style.insetInlineStart = `${share * 100}%`;
    this.view.setSides(sides, share);
  }

  private progress(tiles: number): void {
    this.status.textContent = tiles > 0 ? `${words.predicting} (${tiles})` : words.ready;
    this.element.dataset.loading = String(tiles);
    if (tiles === 0) this.countSoon();
  }

  private countSoon(): void {
    clearTimeout(this.recount);
    this.recount = setTimeout(() => void this.count(), 400);
  }

  /** Asks for the areas in the polygon, or for what is predicted of the view. */
  private async count(): Promise<void> {
    const { raster, chosen } = this;
    const drawn = this.view.polygon();
    const polygon = drawn ?? this.view.viewPolygon();
    if (raster === null || chosen.length === 0 || polygon === null) return;
    this.counting.abort();
    this.counting = new AbortController();
    try {
      const { statistics, covered } = await api.statistics(
        raster.id,
        chosen,
        polygon,
        drawn === null,
        this.counting.signal,
      );
      const scope = drawn === null ? words.view : words.polygon;
      this.legendScope.textContent =
        covered < 1 ? `${scope} · ${formatPercent(covered)} ${words.counted}` : scope;
      this.legend.dataset.scope = drawn === null ? 'view' : 'polygon';
      this.legend.replaceChildren(legendTable(this.classes, statistics.classes));
    } catch (error) {
      if ((error as Error).name !== 'AbortError') this.say((error as Error).message, true);
    }
  }

  private async inspect(x: number, y: number): Promise<void> {
    if (this.raster === null) return;
    try {
      this.inspector.replaceChildren(
        inspectorPanel(await api.inspect(this.raster.id, x, y, this.chosen), this.classes),
      );
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  private async makeMap(): Promise<void> {
    const [model] = this.chosen;
    if (this.raster === null || model === undefined) return;
    try {
      await api.addJob(this.raster.id, model);
      this.say(words.jobAdded);
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }
}
