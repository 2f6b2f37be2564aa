import { describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { joinTiles, tilePlaces, tileStarts } from './tile-places.ts';

describe('tiles', () => {
  it('cover 1024 pixels in 5 tiles of 224', () => {
    expect(tileStarts(1024, 224, 200)).toEqual([0, 200, 400, 600, 800]);
    expect(tileStarts(224, 224, 100)).toEqual([0]);
    expect(tilePlaces({ width: 1024, height: 1024 }, 224, 200)).toHaveLength(25);
  });

  it('cover any length without gaps and without leaving it', () => {
    const random = new Random(2);
    for (let round = 0; round < 300; round++) {
      const length = 1 + random.below(500);
      const tile = 1 + random.below(length);
      const stride = 1 + random.below(tile);
      const starts = tileStarts(length, tile, stride);
      expect(starts[0]).toBe(0);
      expect(starts.at(-1)! + tile).toBe(length);
      for (let i = 1; i < starts.length; i++) expect(starts[i]! - starts[i - 1]!).toBeLessThanOrEqual(stride);
    }
  });

  it('come back as the image they were cut from', () => {
    const random = new Random(3);
    const size = { width: 37, height: 29 };
    const image = Uint8Array.from({ length: 37 * 29 }, () => random.below(256));
    const tiles = tilePlaces(size, 11, 7).map(({ x, y }) =>
      Uint8Array.from({ length: 121 }, (_, i) => image[(y + Math.floor(i / 11)) * 37 + x + (i % 11)]!),
    );
    expect(joinTiles(tiles, size, 11, 7)).toEqual(image);
  });

  it('take each pixel from the tile whose centre is nearest', () => {
    // Starts 0 and 2 of tiles of 4 in 6: the border lies in the middle of the overlap.
    const tiles = [1, 2].map((value) => new Uint8Array(16).fill(value));
    const joined = joinTiles(tiles, { width: 6, height: 4 }, 4, 2);
    expect([...joined.subarray(0, 6)]).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('refuse strides that leave gaps', () => {
    expect(() => tileStarts(100, 10, 11)).toThrow('stride of 11');
    expect(() => tileStarts(100, 101, 11)).toThrow('tiles of 101');
    expect(() => joinTiles([], { width: 6, height: 4 }, 4, 2)).toThrow('0 tiles where 2');
  });
});
