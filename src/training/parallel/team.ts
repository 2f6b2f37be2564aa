import { noGrad, ops, scope, type Tensor } from '../../engine/index.ts';
import { fromRawTensor, type Module, type Optimizer, toRawTensor } from '../../nn/index.ts';
import { GradientExchange, type StepAgreement, type StepShare } from './gradient-exchange.ts';
import type { ProcessGroup } from './process-group.ts';

/** Those who train a network together, as a training run sees them; every method is called by all ranks alike. */
export interface Team {
  /** 0 for whoever tells, logs and saves. */
  readonly rank: number;
  readonly size: number;
  /** Gives every rank the weights and buffers of rank 0. */
  shareState(network: Module): Promise<void>;
  /** Gives every rank the buffers of rank 0: the statistics of batch normalisation, which are each rank's own. */
  shareBuffers(network: Module): Promise<void>;
  /** Averages the gradients of a step. */
  average(optimizer: Optimizer, share: StepShare): Promise<StepAgreement>;
  /** Numbers added up over the ranks. */
  sum(values: ArrayLike<number>): Promise<Float64Array>;
  /** Plain data of each rank, in the order of ranks. */
  gather<T>(value: T): Promise<T[]>;
  /** Whether any rank was asked to stop. */
  agreeToStop(stop: boolean): Promise<boolean>;
  /** Leaves; whoever still waits for this rank gets an error. */
  close(): void;
}

/** One process alone. */
export const ALONE: Team = {
  rank: 0,
  size: 1,
  async shareState() {},
  async shareBuffers() {},
  async average(_optimizer, { loss }) {
    return { loss: loss ?? Number.NaN, active: loss === null ? 0 : 1 };
  },
  async sum(values) {
    return Float64Array.from(values);
  },
  async gather(value) {
    return [value];
  },
  async agreeToStop(stop) {
    return stop;
  },
  close() {},
};

/** Several processes. */
class GroupTeam implements Team {
  readonly rank: number;
  readonly size: number;
  private readonly group: ProcessGroup;
  private readonly exchange: GradientExchange;

  constructor(group: ProcessGroup) {
    this.rank = group.rank;
    this.size = group.size;
    this.group = group;
    this.exchange = new GradientExchange(group);
  }

  shareState(network: Module): Promise<void> {
    return this.share(Array.from(network.namedState(), ([, state]) => state));
  }

  shareBuffers(network: Module): Promise<void> {
    return this.share(Array.from(network.namedBuffers(), ([, buffer]) => buffer));
  }

  average(optimizer: Optimizer, share: StepShare): Promise<StepAgreement> {
    return this.exchange.average(optimizer, share);
  }

  async sum(values: ArrayLike<number>): Promise<Float64Array> {
    const total = Float64Array.from(values);
    await this.group.sum(total);
    return total;
  }

  async gather<T>(value: T): Promise<T[]> {
    const all = await this.group.gather(Buffer.from(JSON.stringify(value)));
    return all.map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as T);
  }

  async agreeToStop(stop: boolean): Promise<boolean> {
    return (await this.sum([stop ? 1 : 0]))[0]! > 0;
  }

  close(): void {
    this.exchange.dispose();
    this.group.close();
  }

  private async share(tensors: readonly Tensor[]): Promise<void> {
    const raw = tensors.map(toRawTensor);
    const bytes = Buffer.concat(raw.map(({ data }) => data));
    await this.group.broadcast(bytes);
    if (this.rank === 0) return;
    let start = 0;
    noGrad(() =>
      scope(() => {
        for (const [i, { dtype, shape, data }] of raw.entries()) {
          const end = start + data.byteLength;
          ops.copy_(tensors[i]!, fromRawTensor({ dtype, shape, data: bytes.subarray(start, end) }));
          start = end;
        }
      }),
    );
  }
}

/** The team that the processes of a group are. */
export function teamOf(group: ProcessGroup): Team {
  return new GroupTeam(group);
}
