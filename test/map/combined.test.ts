import { expect, test } from 'vitest';
import {
  AugmentedPredictor,
  EnsemblePredictor,
  type Predictor,
  type SymmetryName,
  symmetries,
} from '../../src/inference/index.ts';
import { FakePredictor, imageCells } from './support.ts';

const names = Object.keys(symmetries) as SymmetryName[];
const tile = { pixels: imageCells(40, 32), dataType: 'uint8', width: 40, height: 32 } as const;
const core = { x: 3, y: 7, width: 20, height: 11 };

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** Probabilities that do not depend on neighbours but on the direction in which the tile is seen. */
class Slanted extends FakePredictor {
  override async predict(tiles: never, kind: never, cores: never): Promise<never> {
    const found = (await super.predict(tiles, kind, cores)) as unknown as Float32Array[];
    return found.map((each) => each.map((value, i) => value + i * 1e-4)) as never;
  }
}

test.each(names)('%s: a network that knows no direction answers the same in every view', async (name) => {
  const [plain] = await new FakePredictor().predict([tile], 'probabilities', [core]);
  const [turned] = await new AugmentedPredictor(new FakePredictor(), [name]).predict(
    [tile],
    'probabilities',
    [core],
  );
  expect(distance(turned!, plain!)).toBeLessThan(1e-6);
});

test('all eight views make any network blind to direction', async () => {
  const predictor: Predictor = new AugmentedPredictor(new Slanted() as Predictor, names);
  const whole = { x: 0, y: 0, width: 24, height: 24 };
  const square = { pixels: imageCells(24, 24), dataType: 'uint8', width: 24, height: 24 } as const;
  const [seen] = await predictor.predict([square], 'probabilities', [whole]);
  const mirrored = new Uint8Array(square.pixels.length);
  const at = (i: number) => Math.floor(i / 24) * 24 + 23 - (i % 24);
  for (let i = 0; i < mirrored.length; i++) mirrored[i] = square.pixels[at(i)]!;
  const [other] = await predictor.predict([{ ...square, pixels: mirrored }], 'probabilities', [whole]);
  expect(
    distance(
      other!.map((_, i) => other![at(i)]!),
      seen!,
    ),
  ).toBeLessThan(1e-5);
});

test('an ensemble is the weighted mean, by network and by network and class', async () => {
  const shifted: Predictor = new AugmentedPredictor(new Slanted() as Predictor, ['identity']);
  const [one] = await new FakePredictor().predict([tile], 'probabilities', [core]);
  const [two] = await shifted.predict([tile], 'probabilities', [core]);
  const plane = core.width * core.height;
  for (const weights of [
    [3, 1],
    [
      [1, 0, 1, 1, 2],
      [0, 2, 1, 3, 2],
    ],
  ] as const) {
    const ensemble = new EnsemblePredictor([
      { predictor: new FakePredictor(), weight: weights[0]! },
      { predictor: shifted, weight: weights[1]! },
    ]);
    const [mean] = await ensemble.predict([tile], 'probabilities', [core]);
    const weightOf = (m: 0 | 1, k: number) => {
      const weight = weights[m]!;
      return typeof weight === 'number' ? weight : weight[k]!;
    };
    const raw = one!.map((value, i) => {
      const k = Math.floor(i / plane);
      const [a, b] = [weightOf(0, k), weightOf(1, k)];
      return (a * value + b * two![i]!) / (a + b);
    });
    const expected = raw.map((value, i) => {
      let sum = 0;
      for (let k = 0; k < 5; k++) sum += raw[k * plane + (i % plane)]!;
      return value / sum;
    });
    expect(distance(mean!, expected)).toBeLessThan(1e-6);
    const [classes] = await ensemble.predict([tile], 'classes', [core]);
    expect(classes).toHaveLength(plane);
  }
});

test('members that do not fit are refused', () => {
  const odd = Object.assign(new FakePredictor(), { classes: 4 });
  expect(() => new EnsemblePredictor([{ predictor: new FakePredictor() }, { predictor: odd }])).toThrow(
    /vote together/,
  );
  expect(() => new EnsemblePredictor([{ predictor: new FakePredictor(), weight: [1, 2] }])).toThrow(
    /weights/,
  );
  expect(() => new EnsemblePredictor([])).toThrow(/at least one/);
  expect(() => new AugmentedPredictor(new FakePredictor(), ['rot45' as SymmetryName])).toThrow(/rot45/);
});
