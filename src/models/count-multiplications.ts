import { onOperator, Tensor } from '../engine/index.ts';

const product = (shape: readonly number[]) => shape.reduce((size, side) => size * side, 1);
const shapeOf = (value: unknown) => (value as Tensor).shape;

/** Multiplications of one call, by operator; each goes with an addition. */
const rules: Readonly<Record<string, (args: readonly unknown[], result: Tensor) => number>> = {
  'aten::conv2d': ([, weight], result) => product(result.shape) * product(shapeOf(weight).slice(1)),
  'aten::conv_transpose2d': ([x, weight]) => product(shapeOf(x)) * product(shapeOf(weight).slice(1)),
  'aten::linear': ([x], result) => product(result.shape) * shapeOf(x).at(-1)!,
  'aten::matmul': ([x], result) => product(result.shape) * shapeOf(x).at(-1)!,
  'aten::bmm': ([x], result) => product(result.shape) * shapeOf(x).at(-1)!,
  'aten::scaled_dot_product_attention': ([query, key, value]) => {
    const scores = product(shapeOf(query).slice(0, -1)) * shapeOf(key).at(-2)!;
    return scores * (shapeOf(query).at(-1)! + shapeOf(value).at(-1)!);
  },
};

/** Runs something and counts the multiply-accumulates of its convolutions, linear layers, matrix products and attention. */
export function countMultiplications(body: () => void): number {
  let count = 0;
  const stop = onOperator((name, _overload, args, result) => {
    const rule = rules[name];
    if (rule && result instanceof Tensor) count += rule(args, result);
  });
  try {
    body();
  } finally {
    stop();
  }
  return count;
}
