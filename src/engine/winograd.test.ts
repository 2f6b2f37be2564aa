import { describe, expect, it } from 'vitest';
import { manualSeed, ops, randn, scope, type Tensor, withNumThreads } from './index.ts';
import { winogradConvolution } from './ops/winograd-convolution.ts';

const geometryOf = (outChannels: number, doubled = false): ops.PackedGeometry => ({
  ...{ outChannels, stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1, doubled },
});

/** Types, and what rounding in them makes of a sum: root of the mean square, as a part of the sums'. */
const types = [
  { dtype: 'float32', rounding: 1e-6 },
  { dtype: 'bfloat16', rounding: 5e-3 },
] as const;

type Type = (typeof types)[number]['dtype'];

const mapOf = (shape: number[], dtype: Type) =>
  randn(shape).to({ dtype }).to({ memoryFormat: 'channels_last' });

const weightsOf = (out: number, channels: number, dtype: Type) =>
  scope(() => ops.mul(randn([out, channels, 3, 3]), 1 / Math.sqrt(9 * channels)).to({ dtype }));

const has = (dtype: Type) =>
  scope(() => winogradConvolution.takes(weightsOf(32, 32, dtype), geometryOf(32), dtype));

const pack = (weight: Tensor, geometry = geometryOf(weight.size(0))) =>
  winogradConvolution.pack(weight, geometry, weight.dtype);

function rmsDifference(found: Tensor, exact: Tensor): number {
  const off = ops.sub(found.to({ dtype: 'float64' }), exact);
  const meanSquare = (map: Tensor) => ops.mean(ops.mul(map, map)).item();
  return Math.sqrt(meanSquare(off) / meanSquare(exact));
}

it.each(types)(
  'takes filters of 3 × 3 without stride or groups, of whole vectors of channels: $dtype',
  ({ dtype }) => {
    scope(() => {
      const takes = (shape: [number, number], other: Partial<ops.PackedGeometry> = {}) =>
        winogradConvolution.takes(weightsOf(...shape, dtype), { ...geometryOf(shape[0]), ...other }, dtype);
      expect(takes([64, 32])).toBe(has(dtype));
      expect(takes([19, 16])).toBe(has(dtype));
      expect(takes([64, 32], { doubled: true })).toBe(has(dtype));
      expect(takes([2, 32])).toBe(false);
      expect(takes([32, 24])).toBe(false);
      expect(takes([32, 32], { stride: [2, 2] })).toBe(false);
      expect(takes([32, 32], { padding: [0, 0] })).toBe(false);
      expect(takes([32, 32], { dilation: [2, 2], padding: [2, 2] })).toBe(false);
      expect(winogradConvolution.takes(weightsOf(32, 32, dtype), geometryOf(32), 'float16')).toBe(false);
    });
  },
);

describe.each(types)('in $dtype', ({ dtype, rounding }) => {
  describe.runIf(has(dtype))('on a processor that has the instructions', () => {
    const cases = [
      { shape: [1, 32, 24, 24], out: 32 },
      { shape: [2, 64, 17, 9], out: 96 },
      { shape: [1, 512, 16, 16], out: 64 },
      { shape: [3, 32, 1, 1], out: 32 },
      { shape: [1, 64, 2, 131], out: 32 },
      { shape: [2, 16, 11, 30], out: 16 },
      { shape: [1, 48, 10, 21], out: 19 },
      { shape: [1, 16, 5, 7], out: 49 },
    ].flatMap((each) => [
      { ...each, doubled: false },
      { ...each, doubled: true },
    ]);

    it.each(cases)('differs from exact sums by rounding: $shape to $out, doubled: $doubled', (each) => {
      const { shape, out, doubled } = each;
      scope(() => {
        manualSeed(5);
        const [x, weight] = [mapOf(shape, dtype), weightsOf(out, shape[1]!, dtype)];
        const bias = randn([out]).to({ dtype });
        const times = doubled ? 2 : 1;
        const onto = mapOf([shape[0]!, out, times * shape[2]!, times * shape[3]!], dtype);
        const seen = doubled ? ops.interpolate(x, { scaleFactor: 2, mode: 'nearest' }) : x;
        const [a, b, c, d] = [seen, weight, bias, onto].map((tensor) => tensor.to({ dtype: 'float64' }));
        const geometry = geometryOf(out, doubled);
        const packed = pack(weight, geometry);
        const plain = ops.conv2d(a!, b!, null, geometry);
        const ended = ops.relu(ops.add(ops.conv2d(a!, b!, c!, geometry), d!));
        const found = winogradConvolution.convolve(x, packed, null, geometry);
        expect(found.shape).toEqual(plain.shape);
        expect(rmsDifference(found, plain)).toBeLessThan(rounding);
        const full = winogradConvolution.convolve(x, packed, bias, geometry, { onto, relu: true });
        expect(rmsDifference(full, ended)).toBeLessThan(rounding);
      });
    });

    it('is no more than three times as far off as oneDNN', () => {
      scope(() => {
        manualSeed(6);
        const [x, weight] = [mapOf([1, 128, 32, 32], dtype), weightsOf(128, 128, dtype)];
        const [a, b] = [x, weight].map((tensor) => tensor.to({ dtype: 'float64' }));
        const exact = ops.conv2d(a!, b!, null, { padding: 1 });
        const off = (found: Tensor) => rmsDifference(found, exact);
        const ours = winogradConvolution.convolve(x, pack(weight), null, geometryOf(128));
        expect(off(ours)).toBeLessThan(3 * off(ops.conv2d(x, weight, null, { padding: 1 })));
      });
    });

    it('gives the same bits whatever the number of threads and the images beside', () => {
      scope(() => {
        manualSeed(7);
        const [x, weight] = [mapOf([3, 64, 33, 20], dtype), weightsOf(64, 64, dtype)];
        const packed = pack(weight);
        const all = () => winogradConvolution.convolve(x, packed, null, geometryOf(64)).toFloat32();
        const together = all();
        withNumThreads(1, () => expect(all()).toEqual(together));
        const one = ops.narrow(x, 0, 1, 1);
        const alone = winogradConvolution.convolve(one, packed, null, geometryOf(64)).toFloat32();
        expect(alone).toEqual(together.subarray(alone.length, 2 * alone.length));
      });
    });

    it('keeps what is no number, behind a ReLU too', () => {
      scope(() => {
        const x = ops.mul(mapOf([1, 32, 4, 4], dtype), Number.NaN);
        const packed = pack(weightsOf(32, 32, dtype));
        const found = winogradConvolution.convolve(x, packed, null, geometryOf(32), { relu: true });
        expect(found.toFloat32().every(Number.isNaN)).toBe(true);
      });
    });

    it('refuses what does not fit, by name', () => {
      scope(() => {
        const packed = pack(weightsOf(32, 32, dtype));
        const convolve = (
          shape: number[],
          onto: Tensor | null = null,
          bias: Tensor | null = null,
          out = 32,
        ) => winogradConvolution.convolve(mapOf(shape, dtype), packed, bias, geometryOf(out), { onto });
        expect(() => convolve([1, 64, 8, 8])).toThrow(/32 channels expected, got 64/);
        expect(() => convolve([1, 32, 8, 8], mapOf([1, 32, 4, 4], dtype))).toThrow(/result's shape/);
        expect(() => convolve([1, 32, 8, 8], null, randn([16]))).toThrow(/bias of 32 expected, got 16/);
        expect(() => convolve([1, 32, 8, 8], null, null, 48)).toThrow(/not of 48 channels/);
      });
    });
  });
});
