import { describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { RunLengthError } from '../errors.ts';
import { decodeRunLengths, encodeRunLengths, type MaskShape, parseRuns } from './run-lengths.ts';

/** Ones at (0,3), (0,4), (1,0), (2,1), (2,2), (3,4) of a 4 × 5 mask. */
// biome-ignore format: rows of the mask
const MASK = Uint8Array.of(
  0, 0, 0, 1, 1,
  1, 0, 0, 0, 0,
  0, 1, 1, 0, 0,
  0, 0, 0, 0, 1,
);
const ROWS: MaskShape = { width: 5, height: 4 };
const COLUMNS: MaskShape = { ...ROWS, order: 'column' };

describe('run lengths', () => {
  it('count row by row from 1 as DACON 236092 does', () => {
    expect(encodeRunLengths(MASK, ROWS)).toBe('4 3 12 2 20 1');
    expect(decodeRunLengths('4 3 12 2 20 1', ROWS)).toEqual(MASK);
  });

  it('count column by column when asked', () => {
    expect(encodeRunLengths(MASK, COLUMNS)).toBe('2 1 7 1 11 1 13 1 17 1 20 1');
    expect(decodeRunLengths('2 1 7 1 11 1 13 1 17 1 20 1', COLUMNS)).toEqual(MASK);
  });

  it('write and read masks without a pixel', () => {
    expect(encodeRunLengths(new Uint8Array(20), ROWS)).toBe('-1');
    for (const text of ['-1', '', ' ', 'NaN', '-1.0']) {
      expect(decodeRunLengths(text, ROWS)).toEqual(new Uint8Array(20));
    }
  });

  it('take full masks and values above 1', () => {
    expect(encodeRunLengths(new Uint8Array(20).fill(255), ROWS)).toBe('1 20');
    expect(decodeRunLengths('1 20', COLUMNS)).toEqual(new Uint8Array(20).fill(1));
  });

  it.each([
    ['4 3 12', 'pairs'],
    ['4 3 6 2', 'overlaps'],
    ['12 2 4 3', 'after a later one'],
    ['20 2', 'beyond'],
    ['0 2', '"0 2"'],
    ['3 0', '"3 0"'],
    ['3 -1', '"-"'],
    ['1.5 2', '"."'],
  ])('refuse %s', (text, why) => {
    expect(() => parseRuns(text, ROWS, { file: 'x.csv', line: 7 })).toThrow(RunLengthError);
    expect(() => parseRuns(text, ROWS, { file: 'x.csv', line: 7 })).toThrow(/^x\.csv:7: /);
    expect(() => parseRuns(text, ROWS)).toThrow(why);
  });

  it('come back as the mask they were made of, in both orders', () => {
    const random = new Random(1);
    for (let round = 0; round < 200; round++) {
      const shape = { width: 1 + random.below(70), height: 1 + random.below(70) };
      const density = random.uniform();
      const mask = Uint8Array.from({ length: shape.width * shape.height }, () =>
        Number(random.chance(density)),
      );
      for (const order of ['row', 'column'] as const) {
        const text = encodeRunLengths(mask, { ...shape, order });
        const back = decodeRunLengths(text, { ...shape, order });
        // Comparing element by element in the test framework would take most of the time.
        expect(Buffer.compare(back, mask)).toBe(0);
        expect(encodeRunLengths(back, { ...shape, order })).toBe(text);
      }
    }
  });
});
