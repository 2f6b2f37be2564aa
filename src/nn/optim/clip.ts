import { callOp, gradientsOf, noGrad, ops, scope, type Tensor, zeros } from '../../engine/index.ts';
import type { Parameter } from '../parameter.ts';
import { foreachClamp_, foreachMulTensor_, foreachNorm } from './foreach.ts';

function gradients(params: Iterable<Parameter>): Tensor[] {
  return gradientsOf([...params]).filter((gradient) => gradient !== null);
}

/**
 * Scales all gradients so that their common norm is at most `limit`, without waiting for the device.
 *
 * @returns the norm before, as a scalar tensor.
 */
export function clipGradNorm(params: Iterable<Parameter>, limit: number, p = 2): Tensor {
  return noGrad(() =>
    scope(() => {
      const grads = gradients(params);
      const norms = ops.stack(grads.length > 0 ? foreachNorm(grads, p) : [zeros([])]);
      const total = callOp('aten::linalg_vector_norm', '', [norms, p]) as Tensor;
      const factor = ops.clamp(ops.mul(ops.reciprocal(ops.add(total, 1e-6)), limit), null, 1);
      foreachMulTensor_(grads, factor);
      return total;
    }),
  );
}

/** Holds every element of all gradients between −limit and limit. */
export function clipGradValue(params: Iterable<Parameter>, limit: number): void {
  noGrad(() => scope(() => foreachClamp_(gradients(params), limit)));
}
