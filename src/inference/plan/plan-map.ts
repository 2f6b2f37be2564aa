import type { Size } from '../../raster/index.ts';
import { aloneInside, BlendAccumulator, type BlendWindow, VoteAccumulator } from '../blending/index.ts';
import { PlanMemoryError, TilePlanError } from '../errors.ts';
import { FOLDS_UNDER_WAY } from '../map/folding.ts';
import { borderOf, defaultBlend, type MapLayout, mapLayout, placeCount, placeOf } from '../map/layout.ts';
import { blockCacheBytes } from './block-cache.ts';
import { formatByteSize, parseByteSize } from './byte-size.ts';
import type { NetworkCost } from './measure-network.ts';
import { usualMargin } from './usual-margin.ts';

/** What a plan is made from. */
export interface PlanRequest {
  readonly raster: Size & { readonly blockSize: Size };
  readonly bands: number;
  /** Bytes of one cell of one band. */
  readonly bytesPerCell: number;
  readonly classes: number;
  /** What the network needs the tile to be a multiple of. */
  readonly divisor: number;
  readonly network: NetworkCost;
  /** What predicts and in which type of numbers, for the report. */
  readonly engine?: string;
  /** Most memory the map may take: `2GB`, or bytes. */
  readonly memory: string | number;
  readonly blend?: BlendWindow;
  readonly shifts?: number;
  readonly agreement?: 'majority' | 'mean';
  /** Border that a window sees and does not count (default {@link usualMargin}); blends fade around it unless an overlap is named. */
  readonly margin?: number;
  readonly overlap?: number;
  /** Fixes the tile instead of choosing it. */
  readonly tile?: number;
  /** Output bands of one byte: 1 for classes, more for probabilities, confidence and entropy. */
  readonly outputBands?: number;
  /** Tiles predicted at once. Default 1. */
  readonly batchSize?: number;
}

/** Bytes of each part of a map while it is made. */
export interface PlanBytes {
  /** The process with the network loaded. */
  readonly resident: number;
  /** Intermediate results of the network. */
  readonly network: number;
  /** Windows read ahead, and the one being predicted. */
  readonly windows: number;
  readonly blending: number;
  /** Output blocks that are not whole yet. */
  readonly output: number;
  /** GDAL's cache of decoded blocks. */
  readonly cache: number;
  readonly total: number;
}

/** How a map will be made. */
export interface MapPlan {
  readonly tile: number;
  readonly margin: number;
  readonly overlap: number;
  readonly blend: BlendWindow;
  readonly shifts: number;
  readonly columns: number;
  readonly rows: number;
  readonly tiles: number;
  /** Rows of the raster that a row of tiles finishes. */
  readonly strip: number;
  readonly engine: string | null;
  /** Pixels that the network sees for each pixel of the raster. */
  readonly redundancy: number;
  readonly bytes: PlanBytes;
  /** Seconds the network will take, from what was measured. */
  readonly seconds: number;
  readonly memory: number;
}

/** Largest tile: beyond it, nothing is gained. */
const LARGEST_TILE = 4096;
const TILE_STEP = 64;
/** Windows read ahead; the same in the stream. */
const WINDOWS_AHEAD = 7;
/** Answers that the network has given and blending has not taken yet, one that is blended and what is read off it. */
const ANSWERS_UNDER_WAY = FOLDS_UNDER_WAY + 2;
/** A thread with nothing to do, and how many there are: one blends, one writes. */
const THREAD_BYTES = 40 * 2 ** 20;
const THREADS = 2;
/** Blocks of the output, and rows of them under way. */
const OUTPUT_BLOCK = 512;
const OUTPUT_ROWS = 2;
/** Seconds that a window costs besides its pixels. */
const WINDOW_SECONDS = 0.004;

/** Bytes of one window's answer: scores where windows blend or more than classes is wanted, else classes. */
function answerBytes({ columns, rows, blended }: MapLayout, request: PlanRequest): number {
  const { classes, outputBands = 1, shifts = 1, agreement } = request;
  const longest = (spans: MapLayout['columns']) => Math.max(...spans.map(({ from, to }) => to - from));
  const counted = longest(columns) * longest(rows);
  if (shifts > 1) return agreement === 'mean' ? 4 * classes * counted : counted;
  if (outputBands > 1) return 4 * classes * counted;
  if (!blended) return counted;
  const alone = aloneInside({ columns, rows }, Math.min(1, columns.length - 1), Math.min(1, rows.length - 1));
  return 4 * classes * (counted - (alone === null ? 0 : alone.width * alone.height)) + counted;
}

function bytesFor(layout: MapLayout, request: PlanRequest): PlanBytes {
  const { raster, bands, bytesPerCell, classes, network, outputBands = 1, batchSize = 1 } = request;
  const area = layout.tile ** 2;
  const votes = (request.shifts ?? 1) > 1 && request.agreement !== 'mean';
  const kept = votes ? VoteAccumulator.bytes : BlendAccumulator.bytes;
  const answers = ANSWERS_UNDER_WAY * answerBytes(layout, request);
  const parts = {
    resident: network.residentBytes + THREADS * THREAD_BYTES,
    network: batchSize * area * network.bytesPerPixel,
    windows: (WINDOWS_AHEAD + batchSize) * area * bands * bytesPerCell + 4 * batchSize * area * bands,
    blending: (layout.blended ? kept(layout, classes) : 0) + answers,
    output: outputBands * OUTPUT_ROWS * OUTPUT_BLOCK * (raster.width + OUTPUT_BLOCK),
    cache: blockCacheBytes(raster, bands * bytesPerCell),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

interface Candidate {
  readonly layout: MapLayout;
  readonly margin: number;
  readonly overlap: number;
  readonly bytes: PlanBytes;
  readonly seconds: number;
}

function candidate(request: PlanRequest, tile: number): Candidate | null {
  const { raster, divisor, blend = defaultBlend(), shifts = 1, network } = request;
  const asked = request.margin ?? usualMargin(request.tile);
  const border = shifts > 1 ? { margin: 0, overlap: 0 } : borderOf(blend, asked, request.overlap);
  const { margin, overlap } = border;
  if (2 * margin + overlap >= tile) return null;
  const layout = mapLayout(raster, { tile, margin, overlap, blend, shifts }, divisor);
  const tiles = placeCount(layout);
  const seconds = tiles * (tile * tile * network.secondsPerPixel + WINDOW_SECONDS);
  return { layout, margin, overlap, bytes: bytesFor(layout, request), seconds };
}

/** Tiles to choose from: multiples of what the network needs, none much larger than the raster. */
function tileSizes({ raster, divisor, tile, shifts = 1 }: PlanRequest): number[] {
  if (tile !== undefined) return [tile];
  const step = Math.ceil(TILE_STEP / divisor) * divisor;
  // Shifted windows vote as the seeds' did: by windows of 512 pixels.
  if (shifts > 1) return [Math.ceil(512 / step) * step];
  const most = Math.min(LARGEST_TILE, Math.max(raster.width, raster.height) + 512);
  return Array.from({ length: Math.max(1, Math.floor(most / step)) }, (_, i) => (i + 1) * step);
}

/**
 * Chooses tile, margin and overlap so that a map fits in a memory budget and takes the least time: larger windows with the
 * same margin see fewer pixels twice.
 *
 * @throws PlanMemoryError when nothing fits; TilePlanError
 */
export function planMap(request: PlanRequest): MapPlan {
  const memory = typeof request.memory === 'number' ? request.memory : parseByteSize(request.memory);
  const found = tileSizes(request).flatMap((tile) => candidate(request, tile) ?? []);
  if (found.length === 0) {
    throw new TilePlanError('the margins and the overlap leave no tile anything to write', {
      key: 'margin',
      remedy: 'choose a smaller margin or a larger tile',
    });
  }
  const fitting = found.filter(({ bytes }) => bytes.total <= memory);
  if (fitting.length === 0) {
    const least = Math.min(...found.map(({ bytes }) => bytes.total));
    throw new PlanMemoryError(formatByteSize(memory), formatByteSize(least));
  }
  // Of equally fast plans the one that needs least memory.
  const best = fitting.reduce((a, b) => (b.seconds < a.seconds * 0.995 ? b : a));
  const { layout, margin, overlap, bytes, seconds } = best;
  const { width, height } = request.raster;
  const tiles = placeCount(layout);
  return {
    ...{
      tile: layout.tile,
      margin,
      overlap,
      blend: request.blend ?? defaultBlend(),
      shifts: request.shifts ?? 1,
    },
    ...{ columns: layout.columns.length, rows: layout.rows.length, tiles },
    strip: placeOf(layout, 0).own.height,
    engine: request.engine ?? null,
    redundancy: (tiles * layout.tile ** 2) / (width * height),
    ...{ bytes, seconds, memory },
  };
}

/** A plan in lines for people. */
export function planText(plan: MapPlan): string {
  const { bytes } = plan;
  const windows =
    plan.shifts > 1
      ? `shifted ${plan.shifts} × ${plan.shifts} times`
      : `${plan.blend}, margin ${plan.margin}, overlap ${plan.overlap}`;
  const parts = (['resident', 'network', 'windows', 'blending', 'output', 'cache'] as const)
    .map((part) => `${part} ${formatByteSize(bytes[part])}`)
    .join(', ');
  return [
    `tiles    ${plan.tiles} of ${plan.tile} × ${plan.tile} pixels (${plan.columns} × ${plan.rows}), ${windows}`,
    `strips   ${plan.rows} of ${plan.strip} rows`,
    ...(plan.engine === null ? [] : [`network  ${plan.engine}`]),
    `work     ${plan.redundancy.toFixed(2)} pixels seen for each pixel mapped, about ${Math.ceil(plan.seconds)} s`,
    `memory   ${formatByteSize(bytes.total)}${Number.isFinite(plan.memory) ? ` of ${formatByteSize(plan.memory)}` : ''}: ${parts}`,
  ].join('\n');
}
