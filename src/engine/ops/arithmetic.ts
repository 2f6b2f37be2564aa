import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';

type Unary = (x: Tensor) => Tensor;
type Binary = (x: Tensor, y: Tensor | number) => Tensor;

const unary = (name: string): Unary => operator(`aten::${name}`) as Unary;

/** An operator with one overload for a tensor and one for a number on the right. */
function binary(name: string): Binary {
  const withTensor = operator(`aten::${name}`, 'Tensor');
  const withScalar = operator(`aten::${name}`, 'Scalar');
  return (x, y) => (typeof y === 'number' ? withScalar(x, y) : withTensor(x, y)) as Tensor;
}

const addTensor = operator('aten::add', 'Tensor');
const addScalar = operator('aten::add', 'Scalar');
const subTensor = operator('aten::sub', 'Tensor');
const subScalar = operator('aten::sub', 'Scalar');
const rsubScalar = operator('aten::rsub', 'Scalar');
const powScalar = operator('aten::pow', 'Tensor_Scalar');
const powTensor = operator('aten::pow', 'Tensor_Tensor');
const clampOp = operator('aten::clamp');
const maximumOp = operator('aten::maximum');
const minimumOp = operator('aten::minimum');
const whereOp = operator('aten::where', 'self');
const whereScalar = operator('aten::where', 'ScalarOther');
const maskedFillOp = operator('aten::masked_fill', 'Scalar');
const lerpOp = operator('aten::lerp', 'Scalar');
const addcmulOp = operator('aten::addcmul');

/** x + alpha · y. */
export function add(x: Tensor, y: Tensor | number, { alpha = 1 }: { alpha?: number } = {}): Tensor {
  return (typeof y === 'number' ? addScalar(x, y, alpha) : addTensor(x, y, alpha)) as Tensor;
}

/** x − alpha · y. */
export function sub(x: Tensor, y: Tensor | number, { alpha = 1 }: { alpha?: number } = {}): Tensor {
  return (typeof y === 'number' ? subScalar(x, y, alpha) : subTensor(x, y, alpha)) as Tensor;
}

/** y − x for a number y. */
export function rsub(x: Tensor, y: number): Tensor {
  return rsubScalar(x, y) as Tensor;
}

/** x · y. */
export const mul: Binary = binary('mul');
/** x / y. */
export const div: Binary = binary('div');
/** The remainder with the divisor's sign. */
export const remainder: Binary = binary('remainder');
/** ⌊x / y⌋. */
export const floorDivide = operator('aten::floor_divide') as (x: Tensor, y: Tensor) => Tensor;
/** x = y, as booleans. */
export const eq: Binary = binary('eq');
/** x ≠ y, as booleans. */
export const ne: Binary = binary('ne');
/** x < y, as booleans. */
export const lt: Binary = binary('lt');
/** x ≤ y, as booleans. */
export const le: Binary = binary('le');
/** x > y, as booleans. */
export const gt: Binary = binary('gt');
/** x ≥ y, as booleans. */
export const ge: Binary = binary('ge');

/** x to the power y. */
export function pow(x: Tensor, y: Tensor | number): Tensor {
  return (typeof y === 'number' ? powScalar(x, y) : powTensor(x, y)) as Tensor;
}

/** −x. */
export const neg: Unary = unary('neg');
/** |x|. */
export const abs: Unary = unary('abs');
/** eˣ. */
export const exp: Unary = unary('exp');
/** The natural logarithm. */
export const log: Unary = unary('log');
/** ln(1 + x), exact near zero. */
export const log1p: Unary = unary('log1p');
/** √x. */
export const sqrt: Unary = unary('sqrt');
/** 1 / √x. */
export const rsqrt: Unary = unary('rsqrt');
/** 1 / x. */
export const reciprocal: Unary = unary('reciprocal');
/** x². */
export const square: Unary = unary('square');
/** sin x, x in radians. */
export const sin: Unary = unary('sin');
/** cos x, x in radians. */
export const cos: Unary = unary('cos');
/** The largest integer not above x. */
export const floor: Unary = unary('floor');
/** The smallest integer not below x. */
export const ceil: Unary = unary('ceil');
/** The nearest integer, ties to even. */
export const round: Unary = unary('round');
/** The sign of x. */
export const sign: Unary = unary('sign');
/** The error function. */
export const erf: Unary = unary('erf');
/** True where x is false. */
export const logicalNot: Unary = unary('logical_not');
/** True where both are. */
export const logicalAnd = operator('aten::logical_and') as (x: Tensor, y: Tensor) => Tensor;
/** True where either is. */
export const logicalOr = operator('aten::logical_or') as (x: Tensor, y: Tensor) => Tensor;
/** True where x is not a number. */
export const isnan: Unary = unary('isnan');
/** True where x is neither infinite nor NaN. */
export const isfinite: Unary = unary('isfinite');

/** x held between two bounds; either may be null. */
export function clamp(x: Tensor, min: number | null, max: number | null = null): Tensor {
  return clampOp(x, min, max) as Tensor;
}

/** The larger of two tensors, element by element. */
export function maximum(x: Tensor, y: Tensor): Tensor {
  return maximumOp(x, y) as Tensor;
}

/** The smaller of two tensors, element by element. */
export function minimum(x: Tensor, y: Tensor): Tensor {
  return minimumOp(x, y) as Tensor;
}

/** x where the condition holds, y elsewhere. */
export function where(condition: Tensor, x: Tensor, y: Tensor | number): Tensor {
  return (typeof y === 'number' ? whereScalar(condition, x, y) : whereOp(condition, x, y)) as Tensor;
}

/** x with a number written where the mask is true. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  return maskedFillOp(x, mask, value) as Tensor;
}

/** x + weight · (y − x). */
export function lerp(x: Tensor, y: Tensor, weight: number): Tensor {
  return lerpOp(x, y, weight) as Tensor;
}

/** x + value · y · z. */
export function addcmul(x: Tensor, y: Tensor, z: Tensor, { value = 1 }: { value?: number } = {}): Tensor {
  return addcmulOp(x, y, z, value) as Tensor;
}
