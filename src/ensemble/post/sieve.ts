import { InvalidArgumentError } from '../../core/index.ts';
import type { Pixels } from '../../raster/index.ts';
import { NO_VOTE } from '../votes/class-vote.ts';
import { RunTable } from './run-table.ts';

/** Which regions are too small. */
export interface SieveRule {
  /** Regions of fewer pixels are removed. */
  readonly least: number;
  /** Whether pixels that touch at a corner only are one region. Default false. */
  readonly corners?: boolean | undefined;
  /** Remove regions of this class only: 1 drops small objects of a mask, 0 fills its small holes. Default all. */
  readonly only?: number | undefined;
}

/** How regions are found and which are too small. */
export interface SieveOptions extends SieveRule {
  readonly width: Pixels;
  readonly height: Pixels;
}

/**
 * Removes small regions of a map whose rows come one after the other. It is kept as runs of equal pixels, so that memory
 * grows with the outlines of the map and not with its area, and the result is that of the whole map at once.
 *
 * Each region of fewer pixels than `least` takes the class of the neighbour it shares most border with (the lowest class
 * among equals) and is one region with it from then on; smallest regions first. Regions of 255 (no data) are neither removed
 * nor taken over.
 */
export class RegionSieve {
  readonly #runs: RunTable;
  readonly #rule: SieveRule;
  readonly #borders = new Float64Array(NO_VOTE);

  /** @throws {InvalidArgumentError} for a `least` that is no number of pixels */
  constructor(width: Pixels, rule: SieveRule) {
    if (!(rule.least >= 1)) {
      throw new InvalidArgumentError(`regions of fewer than ${rule.least} pixels`, {
        key: 'least',
        remedy: 'give a number of pixels from 1 up',
      });
    }
    this.#rule = rule;
    this.#runs = new RunTable(width, rule.corners ?? false);
  }

  /** Adds rows below those before. @param cells `[rows, width]` class indexes */
  add(cells: Uint8Array): void {
    this.#runs.add(cells);
  }

  /** Removes the small regions; no rows may be added any more. */
  resolve(): void {
    const { least, only } = this.#rule;
    const runs = this.#runs;
    const sizes = runs.regionSizes();
    const small = (region: number) => {
      const index = runs.classOf(region);
      return sizes[region]! < least && index !== NO_VOTE && (only === undefined || index === only);
    };
    const members = new Map<number, number[]>();
    for (let run = 0; run < runs.count; run++) {
      const region = runs.regionOf(run);
      if (sizes[region]! >= least) continue;
      const list = members.get(region);
      if (list === undefined) members.set(region, [run]);
      else list.push(run);
    }
    const waiting = new Map<number, number[]>();
    const wait = (region: number) => {
      const size = sizes[region]!;
      if (!small(region)) return;
      if (!waiting.has(size)) waiting.set(size, []);
      waiting.get(size)!.push(region);
    };
    for (const region of members.keys()) wait(region);
    for (let size = 1; size < least && waiting.size > 0; size++) {
      const turn = waiting.get(size)?.sort((a, b) => a - b) ?? [];
      waiting.delete(size);
      // A region that has grown since waits again under its new size.
      for (const region of turn) {
        if (runs.regionOf(region) === region && sizes[region] === size)
          this.#giveAway(region, sizes, members, wait);
      }
    }
  }

  /** Gives a region to the class that borders it most, and joins it with the regions of that class around it. */
  #giveAway(
    region: number,
    sizes: Float64Array,
    members: Map<number, number[]>,
    wait: (region: number) => void,
  ): void {
    const runs = this.#runs;
    const parts = members.get(region)!;
    const borders = this.#borders.fill(0);
    const neighbours: number[] = [];
    for (const run of parts) {
      runs.eachNeighbour(run, (next, length) => {
        const [other, index] = [runs.regionOf(next), runs.classOf(next)];
        if (other === region || index === NO_VOTE) return;
        borders[index]! += length;
        neighbours.push(other);
      });
    }
    let winner = 0;
    for (let index = 1; index < NO_VOTE; index++) if (borders[index]! > borders[winner]!) winner = index;
    if (borders[winner] === 0) return;
    for (const run of parts) runs.setClass(run, winner);
    let joined = region;
    for (const neighbour of neighbours) {
      const other = runs.regionOf(neighbour);
      if (runs.classOf(other) !== winner || other === joined) continue;
      const size = sizes[joined]! + sizes[other]!;
      const lists = [members.get(joined), members.get(other)];
      joined = runs.unite(joined, other);
      sizes[joined] = size;
      // Large regions stay as they are, so nobody asks for their runs.
      if (lists[0] !== undefined && lists[1] !== undefined) members.set(joined, lists[0].concat(lists[1]));
      else members.delete(joined);
    }
    wait(joined);
  }

  /** Rows of the map as it is now, `[count, width]`. */
  rows(top: number, count: number): Uint8Array {
    return this.#runs.rows(top, count);
  }
}

/**
 * Removes small regions of a map in memory ({@link RegionSieve}).
 * @param cells `[height, width]` class indexes; not changed.
 */
export function sieve(cells: Uint8Array, { width, height, ...rule }: SieveOptions): Uint8Array {
  const regions = new RegionSieve(width, rule);
  regions.add(cells);
  regions.resolve();
  return regions.rows(0, height);
}
