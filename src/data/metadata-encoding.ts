import type { ErrorPlace } from '../core/index.ts';
import { MetadataError } from './errors.ts';

/** What FLAIR's metadata file says of a patch. */
export interface AcquisitionMetadata {
  /** Lambert-93 easting of the centre, in metres. */
  readonly patch_centroid_x: number;
  /** Lambert-93 northing of the centre, in metres. */
  readonly patch_centroid_y: number;
  /** Altitude, in metres. */
  readonly patch_centroid_z: number;
  /** `2019-07-14`. */
  readonly date: string;
  /** `10h30`. */
  readonly time: string;
  /** Name of the camera. */
  readonly camera: string;
}

/** Numbers in an encoded entry. */
export const METADATA_LENGTH = 45;

/** Frequencies of the position encoding, and the length it is scaled by (metres). */
const FREQUENCIES = 8;
const POSITION_SCALE = 1e8;
/** The highest altitude of FLAIR, in metres. */
const HIGHEST = 3164.9099121094;
const FIRST_YEAR = 2018;
const YEARS = 4;

/** Sine and cosine of an angle moved to [0, 1]. */
const circle = (angle: number): number[] => [(Math.sin(angle) + 1) / 2, (Math.cos(angle) + 1) / 2];

/** Sines and cosines of a length at eight falling frequencies, interleaved. */
function position(metres: number): number[] {
  const u = metres / POSITION_SCALE;
  return Array.from({ length: FREQUENCIES }, (_, k) => {
    const angle = u * POSITION_SCALE ** ((-2 * k) / (2 * FREQUENCIES));
    return [Math.sin(angle), Math.cos(angle)];
  }).flat();
}

/**
 * The 45 numbers that FLAIR's networks take beside the image: position (16 + 16), altitude, camera (2), year (4), month,
 * day and time of day (2 each). Source: IGN's FLAIR baselines.
 *
 * `ign` repeats IGN's encoder to the digit: its month term is a constant (the angle is a whole number of turns off),
 * and years outside 2018–2021 are refused. `fixed` lets the month turn with the year and takes the nearest known year.
 *
 * @throws MetadataError for values that cannot be understood
 */
export function encodeMetadata(
  entry: AcquisitionMetadata,
  encoding: 'ign' | 'fixed',
  place: ErrorPlace,
): number[] {
  const refuse = (problem: string): never => {
    throw new MetadataError(problem, {
      ...place,
      remedy: 'write the entry as FLAIR does (date 2019-07-14, time 10h30)',
    });
  };
  const numbers = [entry.patch_centroid_x, entry.patch_centroid_y, entry.patch_centroid_z];
  if (!numbers.every(Number.isFinite)) refuse('the centre of the patch is not three numbers');
  const date =
    /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(entry.date ?? '') ??
    refuse(`the date "${entry.date}" cannot be read`);
  const time =
    /^(\d{1,2})h(\d{1,2})$/.exec(entry.time ?? '') ?? refuse(`the time "${entry.time}" cannot be read`);
  const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
  const [hours, minutes] = time.slice(1).map(Number) as [number, number];
  const last = FIRST_YEAR + YEARS - 1;
  if (encoding === 'ign' && (year < FIRST_YEAR || year > last)) {
    throw new MetadataError(`IGN's encoder knows the years ${FIRST_YEAR} to ${last}, not ${year}`, {
      ...place,
      remedy: 'set metadata_encoding: fixed',
    });
  }
  const slot = Math.min(Math.max(year, FIRST_YEAR), last) - FIRST_YEAR;
  const monthTurns = encoding === 'ign' ? month - 1 / 12 : (month - 1) / 12;
  return [
    ...position(entry.patch_centroid_x),
    ...position(entry.patch_centroid_y),
    entry.patch_centroid_z / HIGHEST,
    ...(String(entry.camera).includes('UCE') ? [1, 0] : [0, 1]),
    ...Array.from({ length: YEARS }, (_, i) => (i === slot ? 1 : 0)),
    ...circle(2 * Math.PI * monthTurns),
    ...circle((2 * Math.PI * day) / 31),
    ...circle((2 * Math.PI * (hours * 3600 + minutes * 60)) / 86400),
  ];
}
