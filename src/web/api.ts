/** What the page knows of the API's answers (the OpenAPI document tells all of it). */
export interface ClassName {
  readonly name: string;
  readonly color: string;
}
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly channels: readonly number[];
  readonly classes: readonly ClassName[];
  /** Whether the file can be run in the browser. */
  readonly onnx: boolean;
}
/** How an ONNX file is run in the browser. */
export interface BrowserGraph {
  readonly input: { readonly name: string; readonly type: 'float32' | 'uint8' };
  readonly output: string;
  readonly answer: 'logits' | 'probabilities' | 'sigmoid' | 'classes';
  readonly channelsLast: boolean;
  readonly channels: readonly number[];
  readonly classes: number;
  readonly scaling: readonly (readonly [number, number])[];
  readonly divisor: number;
  readonly tile: number;
  readonly margin: number;
}
export interface ImageEntry {
  readonly id: string;
  readonly folder: string;
  readonly name: string;
  readonly truth: string | null;
}
export interface RasterInfo {
  readonly id: string;
  readonly name: string;
  readonly truth: string | null;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly bands: readonly { readonly name: string; readonly dataType: string }[];
  readonly crs: string | null;
  readonly georeferenced: boolean;
  readonly extent: readonly [number, number, number, number];
  readonly cell: number;
  readonly groundResolution: number | null;
  readonly levels: number;
}
export interface ClassArea {
  readonly value: number;
  readonly name: string;
  readonly pixels: number;
  readonly squareMetres: number | null;
  readonly share: number;
}
export interface CountedArea {
  readonly statistics: { readonly classes: readonly ClassArea[] };
  readonly covered: number;
}
export interface Inspection {
  readonly column: number;
  readonly row: number;
  readonly values: readonly number[];
  readonly models: readonly { readonly probabilities: readonly number[]; readonly best: number }[];
}
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly raster: string;
  readonly model: string;
  readonly state: 'waiting' | 'running' | 'paused' | 'done' | 'failed';
  readonly progress: {
    readonly pixels: number;
    readonly totalPixels: number;
    readonly seconds: number;
    readonly stages: Readonly<Record<string, number>>;
  } | null;
  readonly problem: Problem | null;
  readonly files: readonly string[];
  readonly statistics: readonly { readonly classes: readonly ClassArea[] }[] | null;
  readonly created: number;
}
export interface RunEntry {
  readonly id: string;
  readonly name: string;
  readonly changed: number;
}
export interface Run extends RunEntry {
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
  readonly confusion: {
    readonly size: number;
    readonly counts: readonly number[];
    readonly classes: readonly string[] | null;
  } | null;
  readonly pictures: readonly string[];
}
/** Patches of a scored run, from worst to best. */
export interface ScoredPatches {
  readonly total: number;
  readonly offset: number;
  readonly predictionColors: readonly (string | null)[];
  readonly truthColors: readonly (string | null)[] | null;
  readonly patches: readonly {
    readonly name: string;
    readonly miou: number | null;
    readonly accuracy: number | null;
    /** Null where none of the three can be shown. */
    readonly size: { readonly width: number; readonly height: number; readonly levels: number } | null;
    readonly image: string | null;
    readonly truth: string | null;
    readonly prediction: string | null;
  }[];
}
export interface DataSet {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
}
export interface PatchPage {
  readonly total: number;
  readonly offset: number;
  readonly patches: readonly {
    readonly id: string;
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly levels: number;
    readonly mask: string | null;
    readonly values: readonly (readonly [string, number])[];
  }[];
}
export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly remedy?: string;
}

/** An answer that is a problem, in the server's words. */
export class ApiError extends Error {
  readonly status: number;

  constructor({ status, detail, remedy }: Problem) {
    super(remedy === undefined ? detail : `${detail} → ${remedy}`);
    this.status = status;
  }
}

async function ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(path, init);
  if (response.status === 204) return undefined as Answer;
  const answer: unknown = await response
    .json()
    .catch(() => ({ status: response.status, detail: response.statusText }));
  if (!response.ok) throw new ApiError(answer as Problem);
  return answer as Answer;
}

const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Coordinates of a polygon: rings of places in the raster's extent. */
export type Polygon = readonly (readonly (readonly number[])[])[];

/** The API, one function an operation. */
export const api = {
  images: () => ask<ImageEntry[]>('/api/images'),
  load: (models: readonly string[]) =>
    ask<{ engine: string }>(`/api/models/${models.join(',')}/load`, { method: 'POST' }),
  models: () => ask<Model[]>('/api/models'),
  graph: (model: string, dataType: string) =>
    ask<BrowserGraph | null>(`/api/models/${model}/graph?type=${dataType}`),
  open: (what: { image: string } | { address: string }) =>
    ask<RasterInfo>('/api/rasters', json('POST', what)),
  raster: (id: string) => ask<RasterInfo>(`/api/rasters/${id}`),
  upload: (file: File) =>
    ask<RasterInfo>(`/api/uploads?name=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file,
    }),
  uploadModel: (file: File) =>
    ask<Model>(`/api/models?name=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file,
    }),
  inspect: (raster: string, x: number, y: number, models: readonly string[]) =>
    ask<Inspection>(
      `/api/rasters/${raster}/inspect?x=${x}&y=${y}${models.length > 0 ? `&models=${models.join(',')}` : ''}`,
    ),
  statistics: (
    raster: string,
    models: readonly string[],
    polygon: Polygon,
    finishedOnly: boolean,
    signal: AbortSignal,
  ) =>
    ask<CountedArea>(`/api/rasters/${raster}/predictions/${models.join(',')}/statistics`, {
      ...json('POST', { polygon, finishedOnly }),
      signal,
    }),
  jobStatistics: (job: string, polygon: Polygon, signal: AbortSignal) =>
    ask<CountedArea>(`/api/jobs/${job}/statistics`, { ...json('POST', { polygon }), signal }),
  jobs: () => ask<Job[]>('/api/jobs'),
  addJob: (raster: string, models: readonly string[]) =>
    ask<Job>('/api/jobs', json('POST', { raster, model: models.join(',') })),
  pause: (id: string) => ask<Job>(`/api/jobs/${id}/pause`, { method: 'POST' }),
  resume: (id: string) => ask<Job>(`/api/jobs/${id}/resume`, { method: 'POST' }),
  remove: (id: string) => ask<void>(`/api/jobs/${id}`, { method: 'DELETE' }),
  runs: () => ask<RunEntry[]>('/api/runs'),
  run: (id: string) => ask<Run>(`/api/runs/${id}`),
  scoredPatches: (run: string, offset: number, limit: number) =>
    ask<ScoredPatches>(`/api/runs/${run}/patches?offset=${offset}&limit=${limit}`),
  dataSets: () => ask<DataSet[]>('/api/data'),
  patches: (id: string, offset: number) => ask<PatchPage>(`/api/data/${id}?offset=${offset}&limit=12`),
};
