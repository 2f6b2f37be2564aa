import { totalmem } from 'node:os';
import type { Size } from '../../raster/index.ts';
import type { Predictor } from '../predictor.ts';
import { measureMemory } from './measure-network.ts';

/** Side beyond which larger windows save little, and a map would tell of its progress too seldom. */
const LARGEST = 2304;

/** Side that every network is given: what it takes is less than a computer that runs it has. */
const LEAST = 1088;

/** What windows may see beyond a raster on both sides, in pixels. */
const BEYOND = 128;

/** Share of the computer's memory that a window may take. */
const SHARE = 0.4;

/** Bytes a pixel of a window takes besides the network: windows read ahead, answers under way, what is blended (5 bands, 19 classes). */
const BESIDES = 300;

const measured = new WeakMap<Predictor, number>();

/**
 * The largest side of a window that is chosen for a network without a budget of memory: with all it needs it takes two fifths of what the
 * computer has at the most. Networks are measured once, and not at all for rasters that are seen at once anyway.
 *
 * @param memory of the computer, in bytes
 */
export async function largestTile(predictor: Predictor, size: Size, memory = totalmem()): Promise<number> {
  if (Math.max(size.width, size.height) + BEYOND <= LEAST) return LEAST;
  const bytes = measured.get(predictor) ?? (await measureMemory(predictor));
  measured.set(predictor, bytes);
  return Math.max(LEAST, Math.min(LARGEST, Math.floor(Math.sqrt((SHARE * memory) / (bytes + BESIDES)))));
}
