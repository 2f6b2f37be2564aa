import { callOp, hasOperator, type Tensor } from '../../engine/index.ts';

/** A number for all tensors, or one number for each. */
export type Scalars = number | readonly number[];

// One kernel call for many tensors; libtorch 1.13 lacks a few of them, where one call a tensor gives the same numbers.
function overload(scalars: Scalars): string {
  return typeof scalars === 'number' ? 'Scalar' : 'ScalarList';
}

/** xᵢ ← xᵢ · s. */
export function foreachMul_(xs: readonly Tensor[], factor: Scalars): void {
  if (xs.length > 0) callOp('aten::_foreach_mul_', overload(factor), [xs, factor]);
}

/** xᵢ ← xᵢ / s. */
export function foreachDiv_(xs: readonly Tensor[], divisor: Scalars): void {
  if (xs.length > 0) callOp('aten::_foreach_div_', overload(divisor), [xs, divisor]);
}

/** xᵢ ← xᵢ + alpha · yᵢ. */
export function foreachAdd_(xs: readonly Tensor[], ys: readonly Tensor[], alpha = 1): void {
  if (xs.length > 0) callOp('aten::_foreach_add_', 'List', [xs, ys, alpha]);
}

/** xᵢ + alpha · yᵢ, as new tensors. */
export function foreachAdd(xs: readonly Tensor[], ys: readonly Tensor[], alpha: number): Tensor[] {
  return xs.length > 0 ? (callOp('aten::_foreach_add', 'List', [xs, ys, alpha]) as Tensor[]) : [];
}

/** xᵢ ← xᵢ + s. */
export function foreachAddScalar_(xs: readonly Tensor[], addend: number): void {
  if (xs.length > 0) callOp('aten::_foreach_add_', 'Scalar', [xs, addend]);
}

/** √xᵢ, as new tensors. */
export function foreachSqrt(xs: readonly Tensor[]): Tensor[] {
  return xs.length > 0 ? (callOp('aten::_foreach_sqrt', '', [xs]) as Tensor[]) : [];
}

/** xᵢ ← xᵢ + weight · (yᵢ − xᵢ). */
export function foreachLerp_(xs: readonly Tensor[], ys: readonly Tensor[], weight: number): void {
  if (xs.length === 0) return;
  if (hasOperator('aten::_foreach_lerp_', 'Scalar'))
    callOp('aten::_foreach_lerp_', 'Scalar', [xs, ys, weight]);
  else for (const [i, x] of xs.entries()) callOp('aten::lerp_', 'Scalar', [x, ys[i], weight]);
}

/** xᵢ ← xᵢ + value · yᵢ · zᵢ. */
export function foreachAddcmul_(
  xs: readonly Tensor[],
  ys: readonly Tensor[],
  zs: readonly Tensor[],
  value: number,
): void {
  if (xs.length > 0) callOp('aten::_foreach_addcmul_', 'Scalar', [xs, ys, zs, value]);
}

/** xᵢ ← xᵢ + sᵢ · yᵢ / zᵢ. */
export function foreachAddcdiv_(
  xs: readonly Tensor[],
  ys: readonly Tensor[],
  zs: readonly Tensor[],
  values: Scalars,
): void {
  if (xs.length > 0) callOp('aten::_foreach_addcdiv_', overload(values), [xs, ys, zs, values]);
}

/** xᵢ ← yᵢ, converted. */
export function foreachCopy_(xs: readonly Tensor[], ys: readonly Tensor[]): void {
  if (xs.length === 0) return;
  if (hasOperator('aten::_foreach_copy_')) callOp('aten::_foreach_copy_', '', [xs, ys]);
  else for (const [i, x] of xs.entries()) callOp('aten::copy_', '', [x, ys[i]]);
}

/** xᵢ ← xᵢ · s for a scalar tensor s, without waiting for its value. */
export function foreachMulTensor_(xs: readonly Tensor[], factor: Tensor): void {
  if (xs.length === 0) return;
  if (hasOperator('aten::_foreach_mul_', 'Tensor')) callOp('aten::_foreach_mul_', 'Tensor', [xs, factor]);
  else for (const x of xs) callOp('aten::mul_', 'Tensor', [x, factor]);
}

/** xᵢ held between −limit and limit, in place. */
export function foreachClamp_(xs: readonly Tensor[], limit: number): void {
  for (const x of xs) callOp('aten::clamp_', '', [x, -limit, limit]);
}

/** The L-p norm of each tensor. */
export function foreachNorm(xs: readonly Tensor[], p: number): Tensor[] {
  const fast = (p === 1 || p === 2) && hasOperator('aten::_foreach_norm', 'Scalar');
  if (fast) return callOp('aten::_foreach_norm', 'Scalar', [xs, p]) as Tensor[];
  return xs.map((x) => callOp('aten::linalg_vector_norm', '', [x, p]) as Tensor);
}
