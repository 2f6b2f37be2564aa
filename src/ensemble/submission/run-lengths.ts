import type { Pixels } from '../../raster/index.ts';
import { RunLengthError } from '../errors.ts';

/** The order in which pixels are numbered: row by row (DACON 236092), or column by column (Kaggle's convention). */
export type PixelOrder = 'row' | 'column';

/** The image that runs lie in. */
export interface MaskShape {
  readonly width: Pixels;
  readonly height: Pixels;
  /** Default `row`. */
  readonly order?: PixelOrder;
}

/** Where a text comes from, for errors. */
export interface TextPlace {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** What stands for a mask without a pixel. */
export const EMPTY_MASK = '-1';

/** Side of the squares in which a mask is transposed: both sides of a square then stay in the cache. */
const SQUARE = 32;

/** The transpose of a `[height, width]` array, `[width, height]`. */
function transposed(cells: Uint8Array, width: number, height: number): Uint8Array {
  const result = new Uint8Array(cells.length);
  for (let top = 0; top < height; top += SQUARE) {
    const bottom = Math.min(height, top + SQUARE);
    for (let left = 0; left < width; left += SQUARE) {
      const right = Math.min(width, left + SQUARE);
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) result[x * height + y] = cells[y * width + x]!;
      }
    }
  }
  return result;
}

function fault(problem: string, place: TextPlace): RunLengthError {
  return new RunLengthError(problem, {
    ...place,
    remedy:
      'write pairs "start length" of whole numbers in rising order, the first pixel being 1; -1 for no pixel',
  });
}

const ZERO = 48;
const NINE = 57;

/** The whole numbers of a text with blanks between; anything else is an error. */
function wholeNumbers(text: string, place: TextPlace): number[] {
  const numbers: number[] = [];
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 32;
    if (code >= ZERO && code <= NINE) value = (value < 0 ? 0 : value * 10) + (code - ZERO);
    else if (code <= 32) {
      if (value >= 0) numbers.push(value);
      value = -1;
    } else throw fault(`"${text[i]}" in a run-length text`, place);
  }
  return numbers;
}

/** Whether a text stands for a mask without a pixel: `-1`, nothing, or `nan` as tables write it. */
export function isEmptyMask(text: string): boolean {
  const bare = text.trim();
  return bare === EMPTY_MASK || bare === '-1.0' || bare === '' || bare.toLowerCase() === 'nan';
}

/**
 * The runs of a text, `[first, end, first, end, …]` with 0-based places in pixel order, `end` not included.
 * @throws {RunLengthError} for anything but runs that rise, touch no other and stay inside the image.
 */
export function parseRuns(text: string, { width, height }: MaskShape, place: TextPlace = {}): Uint32Array {
  if (isEmptyMask(text)) return new Uint32Array(0);
  const numbers = wholeNumbers(text, place);
  if (numbers.length % 2 !== 0) {
    throw fault(`${numbers.length} numbers, where starts and lengths come in pairs`, place);
  }
  const runs = new Uint32Array(numbers.length);
  let earlierEnd = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    const [start, length] = [numbers[i]!, numbers[i + 1]!];
    if (start < 1 || length < 1) throw fault(`the run "${start} ${length}"`, place);
    if (start - 1 < earlierEnd) {
      const why = i > 0 && start < numbers[i - 2]! ? 'stands after a later one' : 'overlaps the one before';
      throw fault(`the run "${start} ${length}" ${why}`, place);
    }
    if (start - 1 + length > width * height) {
      throw fault(
        `the run "${start} ${length}" ends beyond the ${width} × ${height} pixels of the image`,
        place,
      );
    }
    runs[i] = start - 1;
    earlierEnd = start - 1 + length;
    runs[i + 1] = earlierEnd;
  }
  return runs;
}

/**
 * The mask that a run-length text stands for.
 * @returns `[height, width]`, row by row whatever the order of the runs: 1 inside, 0 outside.
 * @throws {RunLengthError} as {@link parseRuns}.
 */
export function decodeRunLengths(text: string, shape: MaskShape, place: TextPlace = {}): Uint8Array {
  const runs = parseRuns(text, shape, place);
  const mask = new Uint8Array(shape.width * shape.height);
  for (let i = 0; i < runs.length; i += 2) {
    const [start, end] = [runs[i]!, runs[i + 1]!];
    // A call costs more than a few pixels.
    if (end - start > 16) mask.fill(1, start, end);
    else for (let pixel = start; pixel < end; pixel++) mask[pixel] = 1;
  }
  return shape.order === 'column' ? transposed(mask, shape.height, shape.width) : mask;
}

/** Whole numbers with blanks between, written digit by digit: millions of small strings would take most of the time. */
class NumberText {
  #bytes = Buffer.alloc(1 << 12);
  #length = 0;

  add(value: number): void {
    // The longest number of 32 bits, and the blank.
    if (this.#length + 11 > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
    const bytes = this.#bytes;
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits++;
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const tenth = Math.floor(rest / 10);
      bytes[at] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
    this.#length += digits;
    bytes[this.#length++] = 32;
  }

  toString(): string {
    return this.#bytes.toString('latin1', 0, Math.max(0, this.#length - 1));
  }
}

/** The next place from `pixel` on whose value is not 0; four pixels at a time where they are a word. */
function skipOutside(pixels: Uint8Array, words: Int32Array, pixel: number): number {
  let at = pixel;
  while (at % 4 !== 0 && at < pixels.length && pixels[at] === 0) at++;
  if (at % 4 === 0) while (at >> 2 < words.length && words[at >> 2] === 0) at += 4;
  while (at < pixels.length && pixels[at] === 0) at++;
  return at;
}

/** The next place from `pixel` on whose value is 0. */
function skipInside(pixels: Uint8Array, words: Int32Array, pixel: number): number {
  let at = pixel;
  while (at % 4 !== 0 && at < pixels.length && pixels[at] !== 0) at++;
  if (at % 4 === 0) while (at >> 2 < words.length && !holdsZero(words[at >> 2]!)) at += 4;
  while (at < pixels.length && pixels[at] !== 0) at++;
  return at;
}

/** Whether one of a word's four bytes is 0: only there does subtracting 1 borrow into a top bit that was clear. */
const holdsZero = (word: number) => ((word - 0x01010101) & ~word & 0x80808080) !== 0;

/**
 * The run-length text of a mask: pairs "start length" with the first pixel as 1, runs crossing the ends of rows (or
 * columns), {@link EMPTY_MASK} for a mask without a pixel.
 * @param mask `[height, width]`, row by row; every value but 0 is inside.
 */
export function encodeRunLengths(mask: Uint8Array, { width, height, order = 'row' }: MaskShape): string {
  if (mask.length !== width * height) {
    throw new RunLengthError(`${mask.length} pixels in a mask of ${width} × ${height}`, {
      remedy: 'give width × height pixels',
    });
  }
  const pixels = order === 'column' ? transposed(mask, width, height) : mask;
  const aligned = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice();
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const text = new NumberText();
  for (let pixel = skipOutside(aligned, words, 0); pixel < aligned.length; ) {
    const end = skipInside(aligned, words, pixel);
    text.add(pixel + 1);
    text.add(end - pixel);
    pixel = skipOutside(aligned, words, end);
  }
  return text.toString() || EMPTY_MASK;
}
