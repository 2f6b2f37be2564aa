import { api, type Job, type Model, type RasterInfo } from '../api.ts';
import { h } from '../dom.ts';
import { formatNumber, formatPercent, words } from '../language.ts';
import { LocalStudio } from '../local/local-studio.ts';
import { inspectorPanel } from './inspector.ts';
import { legendTable } from './legend.ts';
import { MapControls } from './map-controls.ts';
import { placeText } from './place-text.ts';
import { RasterView } from './raster-view.ts';
import { isCancelled, jobSource, localSource, type MapSource, serverSource, serverTiles } from './sources.ts';

/** Pixels of the largest map that a page makes by itself. */
const MOST_PIXELS = 400e6;

/** Milliseconds after the last change before areas are counted anew. */
const COUNT_AFTER = 400;

function describe({ name, width, height, bands, groundResolution, crs }: RasterInfo): string {
  const size = `${formatNumber(width)} × ${formatNumber(height)}`;
  const parts = [`${name}: ${size}`, `${bands.length} × ${bands[0]?.dataType ?? ''}`];
  if (groundResolution !== null) parts.push(`${formatNumber(groundResolution, 3)} m`);
  if (crs !== null) parts.push(crs);
  return parts.join(' · ');
}

/** The room where images are seen and models tried. */
export class MapRoom {
  readonly element: HTMLElement;
  private readonly say: (text: string, problem?: boolean) => void;
  private readonly view: RasterView;
  private readonly controls: MapControls;
  private readonly local = new LocalStudio();
  private readonly border = h('input', {
    ...{ type: 'range', min: '0', max: '1000', value: '500', class: 'swipe', hidden: true, id: 'swipe' },
    'aria-label': words.swipe,
  });
  private readonly borderLine = h('div', { class: 'swipe-line', hidden: true });
  private readonly sideLabels = [
    h('span', { class: 'side-label' }),
    h('span', { class: 'side-label right' }),
  ];
  private readonly legend = h('div', { id: 'legend' });
  private readonly legendScope = h('p', { class: 'hint', id: 'scope' });
  private readonly inspector = h('div', { id: 'inspector' }, inspectorPanel(null, []));
  private readonly empty = h('p', { class: 'empty' }, words.drop);
  private readonly clear = h('button', { type: 'button', hidden: true, id: 'clear' }, words.clearPolygon);
  private raster: RasterInfo | null = null;
  private models: readonly Model[] = [];
  private source: MapSource | null = null;
  private counting = new AbortController();
  private recount: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;

  constructor(say: (text: string, problem?: boolean) => void) {
    this.say = say;
    this.controls = new MapControls({
      bring: (file) => void this.bring(file),
      openAddress: (address) => void this.show(api.open({ address })),
      openImage: (image) => void this.show(api.open({ image })),
      predict: () => void this.guard(() => this.predict()),
      compare: () => this.compare(),
      fade: () => this.view.setOpacity(this.controls.opacity),
      makeMap: () => void this.guard(() => this.makeMap()),
    });
    const target = h('div', { class: 'map', tabIndex: 0, role: 'application', 'aria-label': words.mapLabel });
    const stage = h(
      'div',
      { class: 'stage' },
      target,
      this.borderLine,
      ...this.sideLabels,
      this.border,
      this.empty,
    );
    this.element = h('section', { class: 'room map-room' }, this.controls.element, stage, this.side());
    this.view = new RasterView(target, (tiles) => this.progress(tiles));
    this.view.onPlace((x, y) => void this.guard(() => this.inspect(x, y)));
    this.view.map.on('moveend', () => this.countSoon());
    this.border.addEventListener('input', () => this.compare());
    this.takeDrops(stage);
  }

  private side(): HTMLElement {
    const start = () => {
      this.view.drawPolygon(() => void this.guard(() => this.count()));
      this.clear.hidden = false;
    };
    this.clear.addEventListener('click', () => {
      this.view.clearPolygon();
      this.clear.hidden = true;
      void this.guard(() => this.count());
    });
    return h(
      'div',
      { class: 'panel side' },
      h('h2', {}, words.legend),
      h(
        'div',
        { class: 'row' },
        h('button', { type: 'button', id: 'draw', onclick: start }, words.drawPolygon),
        this.clear,
      ),
      this.legendScope,
      this.legend,
      h('h2', {}, words.inspector),
      this.inspector,
    );
  }

  private takeDrops(stage: HTMLElement): void {
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

  /** Does something that may fail; what is no longer wanted may fail in silence. */
  private async guard(act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!isCancelled(error)) this.say((error as Error).message, true);
    }
  }

  /** Fills the lists of images and models. */
  async load(): Promise<void> {
    const [images, models] = await Promise.all([api.images(), api.models()]);
    this.models = models;
    this.controls.offer(images, models);
    this.compare();
    const { chosen } = this.controls;
    if (chosen.length > 0) await api.load(chosen.map(({ id }) => id));
  }

  private async bring(file: File): Promise<void> {
    this.controls.status.textContent = words.uploading;
    if (/\.onnx$/i.test(file.name)) await this.guard(() => this.bringModel(file));
    else await this.show(api.upload(file));
    if (this.controls.status.textContent === words.uploading) this.controls.status.textContent = '';
  }

  /** The room came into sight: the map measures its place. */
  shown(): void {
    this.view.map.updateSize();
  }

  /** Opens a raster by its identifier, with the map of a job that is done where one is given. */
  async open(id: string, job?: Job): Promise<void> {
    await this.show(api.raster(id), job);
  }

  private async show(asked: Promise<RasterInfo>, job?: Job): Promise<void> {
    await this.guard(async () => {
      const raster = await asked;
      this.raster = raster;
      this.empty.hidden = true;
      this.clear.hidden = true;
      this.view.show(raster);
      this.inspector.replaceChildren(inspectorPanel(null, []));
      this.controls.about.textContent = describe(raster);
      await this.predict(job);
    });
  }

  private async bringModel(file: File): Promise<void> {
    const model = await api.uploadModel(file);
    this.models = [...this.models, model];
    this.controls.offerModel(model);
    await this.predict();
  }

  /** What makes the map that is shown; null without a model. */
  private async chooseSource(raster: RasterInfo, job: Job | undefined): Promise<MapSource | null> {
    const { chosen, place, status } = this.controls;
    if (job?.state === 'done') {
      status.textContent = `${words.mapOf} ${job.name}`;
      return jobSource(
        raster,
        job,
        this.models.filter(({ id }) => job.model.split(',').includes(id)),
      );
    }
    if (chosen.length === 0) return null;
    if (place === 'server') return serverSource(raster, chosen);
    status.textContent = words.loading;
    const source = await localSource(this.local, raster, chosen);
    status.textContent = source.engine;
    return source;
  }

  private async predict(job?: Job): Promise<void> {
    const { raster, view, controls } = this;
    if (raster === null) return;
    // Whoever changes their mind while a model loads wants the latest choice.
    const turn = ++this.turn;
    view.overlay('prediction', null);
    const source = await this.chooseSource(raster, job);
    if (turn !== this.turn) return;
    this.source = source;
    view.overlay('prediction', source?.tiles ?? null);
    const second = controls.secondModel;
    view.overlay('second', second === undefined ? null : serverSource(raster, [second]).tiles);
    const colors = controls.chosen[0] === undefined ? '' : `?model=${controls.chosen[0].id}`;
    view.overlay(
      'truth',
      raster.truth === null ? null : serverTiles(`/api/rasters/${raster.truth}/tiles`, colors),
    );
    view.setOpacity(controls.opacity);
    this.legend.replaceChildren(legendTable(source?.classes ?? [], null));
    this.compare();
    this.countSoon();
  }

  /** Offers what there is for each side, and lays the border where it is wanted. */
  private compare(): void {
    this.controls.offerSides(Boolean(this.raster?.truth));
    const { sides } = this.controls;
    const share = Number(this.border.value) / 1000;
    this.border.hidden = sides[0] === sides[1];
    this.borderLine.hidden = this.border.hidden;
    for (const [i, label] of this.sideLabels.entries()) {
      label.hidden = this.border.hidden;
      label.textContent = this.controls.sideNames[i]!;
    }
    this.borderLine.style.insetInlineStart = `${share * 100}%`;
    this.view.setSides(sides, share);
  }

  private progress(tiles: number): void {
    this.controls.status.textContent = tiles > 0 ? `${words.predicting} (${tiles})` : words.ready;
    this.element.dataset.loading = String(tiles);
    if (tiles === 0) this.countSoon();
  }

  private countSoon(): void {
    clearTimeout(this.recount);
    this.recount = setTimeout(() => void this.guard(() => this.count()), COUNT_AFTER);
  }

  /** Asks for the areas in the polygon, or for what is predicted of the view. */
  private async count(): Promise<void> {
    const { source } = this;
    const drawn = this.view.polygon();
    const polygon = drawn ?? this.view.viewPolygon();
    if (source === null || polygon === null) return;
    this.counting.abort();
    this.counting = new AbortController();
    const { statistics, covered } = await source.count(polygon, drawn === null, this.counting.signal);
    const scope = drawn === null ? words.view : words.polygon;
    this.legendScope.textContent =
      covered < 1 ? `${scope} · ${formatPercent(covered)} ${words.counted}` : scope;
    this.legend.dataset.scope = drawn === null ? 'view' : 'polygon';
    this.legend.replaceChildren(legendTable(source.classes, statistics.classes));
  }

  private async inspect(x: number, y: number): Promise<void> {
    if (this.raster === null) return;
    const found = await (this.source?.inspect(x, y) ?? api.inspect(this.raster.id, x, y, []));
    const place = this.raster.georeferenced ? placeText(this.raster, x, y) : '';
    this.inspector.replaceChildren(inspectorPanel(found, this.source?.classes ?? [], place));
  }

  private async makeMap(): Promise<void> {
    const { raster, controls } = this;
    const { chosen } = controls;
    if (raster === null || chosen.length === 0) return;
    if (controls.place === 'server') {
      await api.addJob(
        raster.id,
        chosen.map(({ id }) => id),
      );
      this.say(words.jobAdded);
      return;
    }
    if (raster.width * raster.height > MOST_PIXELS) throw new Error(words.tooLarge);
    const { seconds } = await this.local.ask(
      'map',
      {},
      { onProgress: (share) => (controls.status.textContent = `${words.mapping} ${formatPercent(share)}`) },
    );
    this.view.overlay('prediction', this.source?.tiles ?? null);
    this.view.setOpacity(controls.opacity);
    this.element.dataset.mapped = 'whole';
    this.say(`${words.mapped} ${formatNumber(seconds, 1)} s`);
    this.countSoon();
  }
}
