/** The stages of a map. */
export type Stage = 'read' | 'network' | 'blend' | 'write';

/** Share of the wall time that the stream waited for each stage; the largest is the bottleneck. */
export type StageShares = Readonly<Record<Stage, number>>;

/** Measures where the time of a stream goes. */
export class StageClock {
  private readonly began = performance.now();
  private readonly spent: Record<Stage, number> = { read: 0, network: 0, blend: 0, write: 0 };

  /** Seconds since the clock was made. */
  get seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  /** Counts the time of a task for a stage. */
  async measure<T>(stage: Stage, task: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await task();
    } finally {
      this.spent[stage] += performance.now() - began;
    }
  }

  /** The same for a task without waiting. */
  run<T>(stage: Stage, task: () => T): T {
    const began = performance.now();
    try {
      return task();
    } finally {
      this.spent[stage] += performance.now() - began;
    }
  }

  /** Passes items through, counting the time spent waiting for them. */
  async *waits<T>(stage: Stage, items: AsyncIterable<T>): AsyncGenerator<T> {
    let asked = performance.now();
    for await (const item of items) {
      this.spent[stage] += performance.now() - asked;
      yield item;
      asked = performance.now();
    }
  }

  /** Each stage's share of the time so far. */
  shares(): StageShares {
    const total = performance.now() - this.began;
    const share = (stage: Stage) => this.spent[stage] / total;
    return { read: share('read'), network: share('network'), blend: share('blend'), write: share('write') };
  }
}
