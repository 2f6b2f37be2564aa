import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';

const addTensor = operator('aten::add_', 'Tensor');
const addScalar = operator('aten::add_', 'Scalar');
const mulTensor = operator('aten::mul_', 'Tensor');
const mulScalar = operator('aten::mul_', 'Scalar');
const divTensor = operator('aten::div_', 'Tensor');
const divScalar = operator('aten::div_', 'Scalar');
const copyOp = operator('aten::copy_');
const fillOp = operator('aten::fill_', 'Scalar');
const zeroOp = operator('aten::zero_');
const clampOp = operator('aten::clamp_');
const lerpOp = operator('aten::lerp_', 'Scalar');
const uniformOp = operator('aten::uniform_');
const normalOp = operator('aten::normal_');
const bernoulliOp = operator('aten::bernoulli_', 'float');
const indexPutOp = operator('aten::index_put_');
const reluOp = operator('aten::relu_');

/** x ← x + alpha · y. */
export function add_(x: Tensor, y: Tensor | number, { alpha = 1 }: { alpha?: number } = {}): Tensor {
  return (typeof y === 'number' ? addScalar(x, y, alpha) : addTensor(x, y, alpha)) as Tensor;
}

/** x ← x · y. */
export function mul_(x: Tensor, y: Tensor | number): Tensor {
  return (typeof y === 'number' ? mulScalar(x, y) : mulTensor(x, y)) as Tensor;
}

/** x ← x / y. */
export function div_(x: Tensor, y: Tensor | number): Tensor {
  return (typeof y === 'number' ? divScalar(x, y) : divTensor(x, y)) as Tensor;
}

/** x ← y, converted and broadcast. */
export const copy_ = copyOp as (x: Tensor, y: Tensor) => Tensor;
/** x ← value everywhere. */
export const fill_ = fillOp as (x: Tensor, value: number) => Tensor;
/** x ← 0 everywhere. */
export const zero_ = zeroOp as (x: Tensor) => Tensor;
/** x ← x held between two bounds. */
export const clamp_ = clampOp as (x: Tensor, min: number | null, max?: number | null) => Tensor;
/** x ← x + weight · (y − x). */
export const lerp_ = lerpOp as (x: Tensor, y: Tensor, weight: number) => Tensor;
/** x ← max(x, 0). */
export const relu_ = reluOp as (x: Tensor) => Tensor;
/** x ← uniform random numbers in [low, high). */
export const uniform_ = uniformOp as (x: Tensor, low?: number, high?: number) => Tensor;
/** x ← normal random numbers. */
export const normal_ = normalOp as (x: Tensor, mean?: number, std?: number) => Tensor;
/** x ← 1 with the given probability, else 0. */
export const bernoulli_ = bernoulliOp as (x: Tensor, probability: number) => Tensor;
/** x[indices] ← values (or adds them); null stands for a whole dimension. */
export const indexPut_ = indexPutOp as (
  x: Tensor,
  indices: (Tensor | null)[],
  values: Tensor,
  accumulate?: boolean,
) => Tensor;
