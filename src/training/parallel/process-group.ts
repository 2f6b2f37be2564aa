/** Arrays of numbers that a group can add up. */
export type Summable = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/**
 * Processes that train one network together. Every method is a collective: all ranks call it, in the same order, and
 * none returns before all have.
 */
export interface ProcessGroup {
  /** This process's place, 0 to `size` − 1. */
  readonly rank: number;
  readonly size: number;
  /** Replaces numbers by their sum over all ranks: the same bits everywhere. @throws RankLostError */
  sum(values: Summable): Promise<void>;
  /** Some bytes of each rank, in the order of ranks. @throws RankLostError */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Replaces bytes by those of rank 0. @throws RankLostError */
  broadcast(bytes: Uint8Array): Promise<void>;
  /** Leaves the group; whoever still waits for this rank gets an error. */
  close(): void;
}
