import { callOp, full, hasOperator, type Tensor } from '../../engine/index.ts';
import type { Parameter } from '../parameter.ts';

/**
 * Whether one kernel may update all these tensors in a single pass over memory (a third of the time of multi-tensor
 * operators on a CPU): one type, one device, and in each row of `lists` tensors that lie in memory alike, since fused
 * kernels walk them side by side.
 */
export function isFusible(params: readonly Parameter[], ...lists: (readonly Tensor[])[]): boolean {
  // CPU kernels came with libtorch 2.4, and with them Adagrad's.
  if (!hasOperator('aten::_fused_adagrad_')) return false;
  const { dtype, device } = params[0]!;
  if (dtype !== 'float32' && dtype !== 'float64') return false;
  return params.every((param, i) => {
    if (param.dtype !== dtype || param.device !== device) return false;
    const layout = layoutOf(param);
    return (
      layout !== 'other' && lists.every((list) => list[i]!.dtype === dtype && layoutOf(list[i]!) === layout)
    );
  });
}

function layoutOf(x: Tensor): string {
  if (x.isContiguous()) return 'contiguous';
  return x.ndim === 4 && x.isContiguous('channels_last') ? 'channels_last' : 'other';
}

/** Settings of a step of SGD. */
export interface FusedSgd {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** One step of SGD; without momentum, `buffers` is empty. */
export function fusedSgd_(
  params: readonly Tensor[],
  grads: readonly Tensor[],
  buffers: readonly Tensor[],
  { lr, momentum, dampening, weightDecay, nesterov }: FusedSgd,
): void {
  const settings = [weightDecay, momentum, lr, dampening, nesterov, false, false];
  callOp('aten::_fused_sgd_', '', [params, grads, buffers, ...settings]);
}

/** Settings of a step of Adam. */
export interface FusedAdam {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
}

/** One step of Adam, or of AdamW where the decay is decoupled; `steps` counts this one. */
export function fusedAdam_(
  [params, grads, means, squares]: readonly [
    params: readonly Tensor[],
    grads: readonly Tensor[],
    means: readonly Tensor[],
    squares: readonly Tensor[],
  ],
  steps: readonly number[],
  { lr, betas, eps, weightDecay }: FusedAdam,
  decoupled: boolean,
): void {
  const { device } = params[0]!;
  const counters = new Map<number, Tensor>();
  const stepTensors = steps.map((step) => {
    const counter = counters.get(step) ?? full([], step, { device, dtype: 'float32' });
    counters.set(step, counter);
    return counter;
  });
  const name = decoupled ? 'aten::_fused_adamw_' : 'aten::_fused_adam_';
  const settings = [lr, betas[0], betas[1], weightDecay, eps, false, false];
  callOp(name, '', [params, grads, means, squares, [], stepTensors, ...settings]);
}
