import {
  callOp,
  full,
  gradientsOf,
  hasOperator,
  keep,
  noGrad,
  ops,
  scope,
  type Tensor,
  zeros,
} from '../../engine/index.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of {@link GradScaler}; defaults are PyTorch's. */
export interface GradScalerOptions {
  initScale?: number;
  growthFactor?: number;
  backoffFactor?: number;
  /** Steps without overflow before the scale grows. */
  growthInterval?: number;
  /** The device of the losses. */
  device?: string;
  /** false makes every method do what it does without scaling. */
  enabled?: boolean;
}

/** The numbers a scaler goes on with after a resume. */
export interface GradScalerState {
  readonly scale: number;
  readonly growthTracker: number;
}

/**
 * Loss scaling for float16: gradients are made larger to survive the type's small range, and a step with an overflow
 * is skipped (Micikevicius et al. 2017). bfloat16 needs none.
 *
 * ```ts
 * scaler.scale(loss).backward();
 * scaler.unscale(optimizer);        // only needed before clipping
 * scaler.step(optimizer);
 * scaler.update();
 * ```
 */
export class GradScaler {
  readonly enabled: boolean;
  readonly #options: Required<Omit<GradScalerOptions, 'enabled' | 'device'>>;
  readonly #scale: Tensor;
  readonly #growthTracker: Tensor;
  readonly #foundInf: Tensor;
  #unscaled = false;

  constructor({ enabled = true, device = 'cpu', ...options }: GradScalerOptions = {}) {
    this.enabled = enabled;
    this.#options = {
      initScale: 65536,
      growthFactor: 2,
      backoffFactor: 0.5,
      growthInterval: 2000,
      ...options,
    };
    this.#scale = keep(full([1], this.#options.initScale, { device }));
    this.#growthTracker = keep(zeros([1], { dtype: 'int32', device }));
    this.#foundInf = keep(zeros([1], { device }));
  }

  /** The loss times the scale. */
  scale(loss: Tensor): Tensor {
    return this.enabled ? scope(() => ops.mul(loss, ops.reshape(this.#scale, []))) : loss;
  }

  /** Brings the gradients back to their size and looks for overflows; `step` does it unless it was done. */
  unscale(optimizer: Optimizer): void {
    if (!this.enabled || this.#unscaled) return;
    this.#unscaled = true;
    noGrad(() =>
      scope(() => {
        const grads = gradientsOf(optimizer.parameters()).filter((gradient) => gradient !== null);
        const inverse = ops.reciprocal(this.#scale);
        if (grads.length > 0) unscaleAll(grads, this.#foundInf, inverse);
      }),
    );
  }

  /** A step of the optimiser, unless a gradient overflowed. @returns whether the step was made. */
  step(optimizer: Optimizer): boolean {
    this.unscale(optimizer);
    const overflowed = this.enabled && this.#foundInf.item() !== 0;
    if (!overflowed) optimizer.step();
    return !overflowed;
  }

  /** Adapts the scale to what the last step found; call it once a step. */
  update(): void {
    if (!this.enabled) return;
    this.#unscaled = false;
    const { growthFactor, backoffFactor, growthInterval } = this.#options;
    noGrad(() => {
      const { scale, growthTracker } = this.stateDict();
      const overflowed = this.#foundInf.item() !== 0;
      const grown = growthTracker + 1 === growthInterval;
      // As PyTorch: a scale that would leave float32 stays.
      const next = overflowed ? scale * backoffFactor : grown ? Math.fround(scale * growthFactor) : scale;
      const tracker = overflowed || grown ? 0 : growthTracker + 1;
      this.loadStateDict({ scale: Number.isFinite(next) ? next : scale, growthTracker: tracker });
      callOp('aten::zero_', '', [this.#foundInf]);
    });
  }

  stateDict(): GradScalerState {
    return { scale: this.#scale.item(), growthTracker: this.#growthTracker.item() };
  }

  loadStateDict({ scale, growthTracker }: GradScalerState): void {
    noGrad(() => {
      ops.fill_(this.#scale, scale);
      ops.fill_(this.#growthTracker, growthTracker);
    });
  }

  /** Frees its three numbers. */
  dispose(): void {
    for (const tensor of [this.#scale, this.#growthTracker, this.#foundInf]) tensor.dispose();
  }
}

// libtorch 1.13 has the fused operator for CUDA only.
function unscaleAll(grads: readonly Tensor[], foundInf: Tensor, inverse: Tensor): void {
  const isCuda = grads[0]!.device.startsWith('cuda');
  if (isCuda || hasOperator('aten::_foreach_copy_')) {
    callOp('aten::_amp_foreach_non_finite_check_and_unscale_', '', [grads, foundInf, inverse]);
    return;
  }
  for (const gradient of grads) {
    const finite = ops.all(ops.isfinite(gradient));
    if (finite.item() === 0) ops.fill_(foundInf, 1);
    ops.mul_(gradient, inverse);
  }
}
