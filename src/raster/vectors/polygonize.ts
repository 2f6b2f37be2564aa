import { type LabelStrip, labelRegions, type OutlinePart, type Region } from './label-strip.ts';
import { ArcSimplifier } from './simplify-arcs.ts';
import { type Arc, countBits, type Direction, EAST, NORTH, SOUTH, StripBorders, WEST } from './strip-arcs.ts';

/** A connected patch of equal cells as a polygon, in pixels of the raster. */
export interface CellPolygon {
  readonly value: number;
  readonly pixels: number;
  /** Outer ring first, then holes; each a closed line of `x, y`. */
  readonly rings: readonly Int32Array[];
}

/** The parts of outlines that leave and reach a point, by direction. */
interface Ends {
  readonly out: (OutlinePart | undefined)[];
  readonly into: (OutlinePart | undefined)[];
}

/** How polygons are made. */
export interface PolygonizeOptions {
  readonly width: number;
  readonly height: number;
  /** Cells of this value form no polygons. */
  readonly noData?: number;
  /** Most that borders may move when they are simplified, in pixels. Default 0. */
  readonly tolerance?: number;
}

/** The cell to the right of a border walked in a direction from a lattice point. */
const rightOf: Readonly<Record<Direction, readonly [number, number]>> = {
  [NORTH]: [0, -1],
  [EAST]: [0, 0],
  [SOUTH]: [-1, 0],
  [WEST]: [-1, -1],
};

/** Outlines the connected patches of a class map, strip by strip; memory holds the patches that are not over yet. */
class Polygonizer {
  private readonly options: PolygonizeOptions;
  /** Last row of the strip before: its cells, their regions and the ends that wait below it. */
  private cells: Uint8Array | null = null;
  private regions: readonly Region[] | null = null;
  private waiting = new Map<number, Ends>();

  constructor(options: PolygonizeOptions) {
    this.options = options;
  }

  *push(strip: LabelStrip): Generator<CellPolygon> {
    const { width, height, tolerance = 0 } = this.options;
    const last = strip.y + strip.rows >= height;
    const labels = labelRegions(strip, width, this.regions, this.cells);
    const borders = new StripBorders(strip, width, this.cells, last);
    const arcs = [...borders.arcs()];
    const simplifier = new ArcSimplifier(borders, arcs, tolerance);
    const regionAt = (x: number, y: number): Region | null => {
      if (x < 0 || x >= width) return null;
      if (y < strip.y) return this.regions?.[x]?.root() ?? null;
      return labels[y - strip.y]?.[x]?.root() ?? null;
    };
    const ends = new Map<number, Ends>(this.waiting);
    for (const arc of arcs) this.addArc(arc, simplifier.simplify(arc), borders, regionAt, ends);
    this.waiting = linkEnds(ends, borders);
    const seen = new Set<Region>();
    const open = new Set<Region>(last ? [] : labels.at(-1)!.map((region) => region.root()));
    const rows = this.regions === null ? labels : [this.regions, ...labels];
    for (const row of rows) {
      let before: Region | null = null;
      for (const region of row) {
        if (region === before) continue;
        before = region;
        const root = region.root();
        if (seen.has(root) || open.has(root)) continue;
        seen.add(root);
        if (root.value !== this.options.noData) yield polygonOf(root);
        root.outline = [];
      }
    }
    this.regions = labels.at(-1)!.map((region) => region.root());
    this.cells = strip.cells.slice((strip.rows - 1) * width);
  }

  /** Gives a border to the regions on both its sides. */
  private addArc(
    arc: Arc,
    points: Int32Array,
    borders: StripBorders,
    regionAt: (x: number, y: number) => Region | null,
    ends: Map<number, Ends>,
  ): void {
    const [x, y] = [arc.points[0]!, arc.points[1]!];
    const end = arc.points.length - 2;
    const [endX, endY] = [arc.points[end]!, arc.points[end + 1]!];
    const forward = regionAt(x + rightOf[arc.leaves][0], y + rightOf[arc.leaves][1]);
    const backward = regionAt(endX + rightOf[arc.arrives][0], endY + rightOf[arc.arrives][1]);
    const start = endsAt(ends, borders, x, y);
    const finish = endsAt(ends, borders, endX, endY);
    for (const [region, reversed] of [[forward, false] as const, [backward, true] as const]) {
      if (region === null) continue;
      const part: OutlinePart = {
        points: reversed ? reversePoints(points) : points,
        next: null,
        taken: false,
      };
      region.outline.push(part);
      if (arc.loop) part.next = part;
      else if (reversed) {
        finish.out[arc.arrives] = part;
        start.into[arc.leaves] = part;
      } else {
        start.out[arc.leaves] = part;
        finish.into[arc.arrives] = part;
      }
    }
  }
}

const pointKey = ({ width }: StripBorders, x: number, y: number): number => y * (width + 1) + x;

function endsAt(ends: Map<number, Ends>, borders: StripBorders, x: number, y: number): Ends {
  const key = pointKey(borders, x, y);
  const known = ends.get(key);
  if (known !== undefined) return known;
  const fresh: Ends = { out: [], into: [] };
  ends.set(key, fresh);
  return fresh;
}

/**
 * Joins the parts that meet in a node: around it, each run of equal cells between two borders is left by its first border,
 * clockwise, and reached by its last. Nodes on the strip's lower edge wait for the next strip.
 */
function linkEnds(ends: ReadonlyMap<number, Ends>, borders: StripBorders): Map<number, Ends> {
  const waiting = new Map<number, Ends>();
  for (const [key, { out, into }] of ends) {
    const [x, y] = [key % (borders.width + 1), Math.floor(key / (borders.width + 1))];
    if (y === borders.bottom && !borders.last) {
      waiting.set(key, { out, into });
      continue;
    }
    const present = borders.borders(x, y);
    if (countBits(present) < 2) continue;
    const directions = ([NORTH, EAST, SOUTH, WEST] as const).filter((each) => (present & (1 << each)) !== 0);
    for (const [i, first] of directions.entries()) {
      const final = directions[(i + 1) % directions.length]!;
      const [leaving, arriving] = [out[first], into[final]];
      if (leaving !== undefined && arriving !== undefined) arriving.next = leaving;
    }
  }
  return waiting;
}

function reversePoints(points: Int32Array): Int32Array {
  const reversed = new Int32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    reversed[i] = points[points.length - 2 - i]!;
    reversed[i + 1] = points[points.length - 1 - i]!;
  }
  return reversed;
}

/** Twice the signed area; positive for rings that have their inside on the right, rows going down. */
function doubleArea(ring: readonly number[] | Int32Array): number {
  let sum = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) sum += ring[i]! * ring[i + 3]! - ring[i + 2]! * ring[i + 1]!;
  return sum;
}

/** A closed line cut where it passes a point twice, so that no ring touches itself. */
function splitRing(points: readonly number[]): Int32Array[] {
  const rings: Int32Array[] = [];
  const line: number[] = [];
  const seen = new Map<string, number>();
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!];
    const key = `${x},${y}`;
    const before = seen.get(key);
    if (before !== undefined) {
      rings.push(Int32Array.from([...line.slice(before), x, y]));
      for (let at = before; at < line.length; at += 2) seen.delete(`${line[at]},${line[at + 1]}`);
      line.length = before;
    }
    seen.set(key, line.length);
    line.push(x, y);
  }
  return rings.filter((ring) => doubleArea(ring) !== 0);
}

/** The rings of a region whose outline is complete. */
function polygonOf(region: Region): CellPolygon {
  const rings: Int32Array[] = [];
  for (const first of region.outline) {
    if (first.taken) continue;
    const line: number[] = [];
    for (let part: OutlinePart | null = first; part !== null && !part.taken; part = part.next) {
      part.taken = true;
      for (let i = line.length === 0 ? 0 : 2; i < part.points.length; i++) line.push(part.points[i]!);
    }
    rings.push(...splitRing(line));
  }
  rings.sort((a, b) => doubleArea(b) - doubleArea(a));
  return { value: region.value, pixels: region.pixels, rings };
}

/**
 * Outlines the connected patches (by edges) of equal cells in a class map that comes in strips, top to bottom. Polygons have
 * holes, leave no gaps and never overlap: neighbours share their border point by point. A polygon is given as soon as its
 * patch is over, so memory holds one strip and the outlines of patches that go on.
 */
export async function* polygonizeStrips(
  strips: AsyncIterable<LabelStrip>,
  options: PolygonizeOptions,
): AsyncGenerator<CellPolygon> {
  const polygonizer = new Polygonizer(options);
  for await (const strip of strips) yield* polygonizer.push(strip);
}
