import { expect, it } from 'vitest';
import type { Predictor, Tile } from './predictor.ts';
import { resizePlanes, ScaledPredictor } from './scaled-predictor.ts';

it('resizes with half-pixel centres', () => {
  // Worked by hand: centres of 4 columns fall at -0.25, 0.25, 0.75, 1.25 of 2, kept inside.
  expect([...resizePlanes([0, 4], [2, 1], [4, 1])]).toEqual([0, 1, 3, 4]);
  expect([...resizePlanes([0, 1, 2, 3], [2, 2], [1, 1])]).toEqual([1.5]);
  expect([...resizePlanes([5, 7, 1, 2], [2, 1], [2, 1])]).toEqual([5, 7, 1, 2]);
});

/** Answers how many pixels it saw, as class 0, and notes the sizes. */
function counting(sizes: number[][]): Predictor {
  return {
    ...{ channels: 1, classes: 2, divisor: 4, engine: 'counting', dispose: () => {} },
    predict: async (tiles: readonly Tile[]) =>
      tiles.map(({ width, height }) => {
        sizes.push([width, height]);
        return new Float32Array(2 * width * height).fill(width, 0, width * height);
      }),
  } as unknown as Predictor;
}

it('takes the mean over sizes that the network can see, and returns the part asked for', async () => {
  const sizes: number[][] = [];
  const predictor = new ScaledPredictor(counting(sizes), { scales: [0.5, 1] });
  const tile = { pixels: new Uint8Array(64), dataType: 'uint8', width: 8, height: 8 } as const;
  const core = { x: 2, y: 1, width: 3, height: 2 };
  const [found] = await predictor.predict([tile], 'probabilities', [core]);
  expect(sizes).toEqual([
    [4, 4],
    [8, 8],
  ]);
  expect([...found!]).toEqual([6, 6, 6, 6, 6, 6, 0, 0, 0, 0, 0, 0]);
});

it('a size of its own does not depend on the tile', async () => {
  const sizes: number[][] = [];
  const predictor = new ScaledPredictor(counting(sizes), { size: 16 });
  await predictor.predict(
    [{ pixels: new Uint8Array(15), dataType: 'uint8', width: 5, height: 3 }],
    'probabilities',
  );
  expect(sizes).toEqual([[16, 16]]);
});

it('refuses sizes that are none', () => {
  expect(() => new ScaledPredictor(counting([]), { scales: [0] })).toThrow('above 0');
});
