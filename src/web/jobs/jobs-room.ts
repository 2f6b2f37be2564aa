import { api, type Job, type Model } from '../api.ts';
import { bar, h } from '../dom.ts';
import { formatNumber, formatPercent, words } from '../language.ts';
import { areaStrip } from './area-strip.ts';

/** What the stages of a map are called. */
const STAGES: Readonly<Record<string, string>> = {
  ...{ read: words.read, network: words.network, blend: words.blending, write: words.write },
};

/** The room where maps are made in the background. */
export class JobsRoom {
  readonly element: HTMLElement;
  private readonly say: (text: string, problem?: boolean) => void;
  private readonly showRaster: (id: string, job: Job) => void;
  private readonly list = h('ul', { class: 'jobs' });
  private models: readonly Model[] = [];
  private shown = '';

  constructor(say: (text: string, problem?: boolean) => void, showRaster: (id: string, job: Job) => void) {
    this.say = say;
    this.showRaster = showRaster;
    this.element = h('section', { class: 'room' }, h('h2', {}, words.jobs), this.list);
  }

  /** Asks for the jobs; what has not changed is not drawn again, so that the keyboard keeps its place. */
  async load(): Promise<void> {
    const jobs = await api.jobs();
    const text = JSON.stringify(jobs);
    if (text === this.shown) return;
    this.shown = text;
    const known = new Set(this.models.map(({ id }) => id));
    if (jobs.some(({ model }) => !known.has(model.split(',')[0]!))) this.models = await api.models();
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.key;
    this.list.replaceChildren(
      ...(jobs.length === 0 ? [h('li', { class: 'hint' }, words.noJobs)] : jobs.map((job) => this.card(job))),
    );
    if (focused !== undefined) this.list.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
  }

  private button(job: Job, label: string, act: () => Promise<unknown>): HTMLElement {
    const press = async () => {
      try {
        await act();
        await this.load();
      } catch (error) {
        this.say((error as Error).message, true);
      }
    };
    return h(
      'button',
      { type: 'button', 'data-key': `${job.id}-${label}`, onclick: () => void press() },
      label,
    );
  }

  /** Colours of a job's classes by name, where its model is still there. */
  private colors({ model }: Job): ReadonlyMap<string, string> {
    const found = this.models.find(({ id }) => id === model.split(',')[0]);
    return new Map(found?.classes.map(({ name, color }) => [name, color]));
  }

  private card(job: Job): HTMLElement {
    const { id, name, state, progress, files, statistics, problem } = job;
    const share = state === 'done' ? 1 : progress === null ? 0 : progress.pixels / progress.totalPixels;
    const stages = Object.entries(progress?.stages ?? {}).map(([stage, part]) =>
      h(
        'li',
        {},
        h('span', { class: 'name' }, STAGES[stage] ?? stage),
        bar(part),
        h('span', { class: 'number' }, formatPercent(part)),
      ),
    );
    const areas = statistics?.[0]?.classes.filter(({ pixels }) => pixels > 0) ?? [];
    return h(
      'li',
      { class: `card ${state}`, 'data-state': state, 'data-job': id },
      h('header', {}, h('h3', {}, name), h('span', { class: `state ${state}` }, words[state])),
      h('progress', { max: 1, value: share, 'aria-label': name }),
      h(
        'p',
        { class: 'hint' },
        `${formatPercent(share)}${progress === null ? '' : ` · ${formatNumber(progress.seconds, 1)} s`}`,
      ),
      problem === null ? null : h('p', { class: 'problem' }, problem.detail),
      stages.length === 0
        ? null
        : h(
            'details',
            { open: state === 'running' },
            h('summary', {}, words.stages),
            h('ul', { class: 'stages' }, ...stages),
          ),
      areas.length === 0 ? null : areaStrip(areas, this.colors(job)),
      files.length === 0
        ? null
        : h(
            'p',
            { class: 'files' },
            ...files.map((file) =>
              h('a', { href: `/api/jobs/${id}/files/${encodeURIComponent(file)}`, download: file }, file),
            ),
          ),
      state === 'done' && areas.some(({ squareMetres }) => squareMetres !== null)
        ? h(
            'p',
            { class: 'hint addresses' },
            h('b', {}, words.tiles),
            h('code', {}, `${location.origin}/api/jobs/${id}/wmts`),
            h('code', {}, `${location.origin}/api/jobs/${id}/xyz/{z}/{x}/{y}.png`),
          )
        : null,
      h(
        'div',
        { class: 'row' },
        state === 'running' || state === 'waiting'
          ? this.button(job, words.pause, () => api.pause(id))
          : null,
        state === 'paused' || state === 'failed'
          ? this.button(job, words.resume, () => api.resume(id))
          : null,
        h(
          'button',
          { type: 'button', 'data-key': `${id}-show`, onclick: () => this.showRaster(job.raster, job) },
          words.show,
        ),
        state === 'running' ? null : this.button(job, words.remove, () => api.remove(id)),
      ),
    );
  }
}
