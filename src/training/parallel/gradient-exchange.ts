import { gradientsOf, keep, noGrad, ops, scope, type Tensor, tensor } from '../../engine/index.ts';
import type { Optimizer, Parameter } from '../../nn/index.ts';
import type { ProcessGroup } from './process-group.ts';

/** What a rank brings to a step besides its gradients. */
export interface StepShare {
  /** Loss of this rank's batch; null where it has none left, and no gradients either. */
  readonly loss: number | null;
}

/** What all ranks agree on after a step. */
export interface StepAgreement {
  /** Mean loss of the ranks that had a batch. */
  readonly loss: number;
  /** Ranks that had a batch. */
  readonly active: number;
}

/** Numbers after the gradients: one for each parameter that says whether it has one, then loss and batches. */
const SCALARS = 2;

/** One set of parameters, and the memory in which their gradients travel. */
class Parcel {
  readonly parameters: readonly Parameter[];
  readonly numbers: Float32Array<ArrayBuffer>;
  /** Numbers that are gradients. */
  readonly length: number;
  readonly gradients: Tensor;
  private readonly starts: readonly number[];

  constructor(parameters: readonly Parameter[]) {
    this.parameters = parameters;
    let length = 0;
    this.starts = parameters.map(({ numel }) => {
      length += numel;
      return length - numel;
    });
    this.length = length;
    this.numbers = new Float32Array(length + parameters.length + SCALARS);
    const share = this.numbers.subarray(0, length);
    this.gradients = keep(tensor(share, [length], { share: true }));
  }

  /** Writes the gradients down, zeros for those that are missing. */
  pack(): void {
    noGrad(() =>
      scope(() => {
        const found = gradientsOf(this.parameters);
        for (const [i, parameter] of this.parameters.entries()) {
          const place = ops.narrow(this.gradients, 0, this.starts[i]!, parameter.numel);
          const gradient = found[i];
          if (gradient) ops.copy_(ops.view(place, parameter.shape), gradient);
          else ops.zero_(place);
          this.numbers[this.length + i] = gradient ? 1 : 0;
        }
      }),
    );
  }

  /** Gives each parameter its mean over `active` ranks; those that no rank has a gradient of stay without. */
  unpack(active: number): void {
    noGrad(() =>
      scope(() => {
        ops.mul_(this.gradients, 1 / active);
        const found = gradientsOf(this.parameters);
        for (const [i, parameter] of this.parameters.entries()) {
          if (this.numbers[this.length + i] === 0) continue;
          const place = ops.narrow(this.gradients, 0, this.starts[i]!, parameter.numel);
          const mean = ops.view(place, parameter.shape);
          const gradient = found[i];
          if (gradient) ops.copy_(gradient, mean);
          else parameter.setGrad(ops.clone(mean.to({ device: parameter.device, dtype: parameter.dtype })));
        }
      }),
    );
  }

  dispose(): void {
    this.gradients.dispose();
  }
}

/**
 * Averages the gradients of all ranks after each backward pass, in one flat array that goes round once. A parameter that
 * has no gradient on some rank counts as zero there; one that has none anywhere stays without, so that the optimiser
 * does the same on every rank.
 */
export class GradientExchange {
  private readonly group: ProcessGroup;
  private parcel: Parcel | null = null;

  constructor(group: ProcessGroup) {
    this.group = group;
  }

  /** The parcel of the parameters that learn for now: stages may be frozen and thawed, on every rank alike. */
  private parcelOf(optimizer: Optimizer): Parcel {
    const learning = optimizer.parameters().filter(({ requiresGrad }) => requiresGrad);
    const same =
      this.parcel?.parameters.length === learning.length &&
      learning.every((parameter, i) => parameter === this.parcel!.parameters[i]);
    if (same) return this.parcel!;
    this.parcel?.dispose();
    this.parcel = new Parcel(learning);
    return this.parcel;
  }

  /** Replaces this rank's gradients by the mean over all ranks that had a batch. @throws RankLostError */
  async average(optimizer: Optimizer, { loss }: StepShare): Promise<StepAgreement> {
    const parcel = this.parcelOf(optimizer);
    parcel.pack();
    const { numbers } = parcel;
    const end = numbers.length;
    numbers.set([loss ?? 0, loss === null ? 0 : 1], end - SCALARS);
    await this.group.sum(numbers);
    const [losses, active] = numbers.subarray(end - SCALARS);
    if (active! > 0) parcel.unpack(active!);
    return { loss: losses! / active!, active: active! };
  }

  dispose(): void {
    this.parcel?.dispose();
    this.parcel = null;
  }
}
