import { describe, expect, it } from 'vitest';
import type { MaskConfig } from '../config/index.ts';
import { pixelBlock } from '../raster/index.ts';
import { UnknownClassError } from './errors.ts';
import { IGNORE_INDEX, maskDecoder } from './masks.ts';

const config = (mask: Partial<MaskConfig>): MaskConfig => ({
  encoding: { kind: 'one-based' },
  ignoreValues: [],
  unknown: 'error',
  ...mask,
});
const decode = (mask: Partial<MaskConfig>, classes: number, values: number[], bands = 1) => [
  ...maskDecoder(config(mask), classes)(
    pixelBlock(Uint8Array.from(values), bands, 1, values.length / bands),
    { file: 'm.tif' },
  ),
];

describe('maskDecoder', () => {
  it('reads one-based and zero-based masks', () => {
    expect(decode({}, 3, [1, 2, 3, 3])).toEqual([0, 1, 2, 2]);
    expect(decode({ encoding: { kind: 'zero-based' } }, 3, [0, 1, 2])).toEqual([0, 1, 2]);
  });

  it('lets several values share a class', () => {
    expect(decode({ encoding: { kind: 'values', values: [[10], [20, 30]] } }, 2, [10, 20, 30])).toEqual([
      0, 1, 1,
    ]);
  });

  it('ignores stated values', () => {
    expect(decode({ ignoreValues: [0] }, 2, [0, 1, 2])).toEqual([IGNORE_INDEX, 0, 1]);
  });

  it('reads colours, and ignores stated ones', () => {
    const encoding = {
      kind: 'colors',
      colors: [
        [255, 0, 0],
        [0, 0, 255],
      ],
      ignored: [[155, 155, 155]],
    } as const;
    // Planar: red plane, green plane, blue plane.
    expect(decode({ encoding }, 2, [255, 0, 155, 0, 0, 155, 0, 255, 155], 3)).toEqual([0, 1, IGNORE_INDEX]);
  });

  it('names what it does not know, commonest first, with counts', () => {
    const read = () => decode({}, 2, [0, 0, 3, 1]);
    expect(read).toThrow(UnknownClassError);
    expect(read).toThrow(
      'm.tif: the mask holds the value 0 (2 pixels), the value 3 (1 pixels), which stands for none of the 2 classes',
    );
  });

  it('leaves unknown values out, or repeats the slip of the reference, when asked', () => {
    expect(decode({ unknown: 'ignore' }, 2, [0, 1, 9])).toEqual([IGNORE_INDEX, 0, IGNORE_INDEX]);
    expect(decode({ unknown: 'first-class' }, 2, [0, 1, 9])).toEqual([0, 0, 0]);
  });
});
