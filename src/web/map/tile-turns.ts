/** Tiles of a map that load at a time: few, so that connections stay free for the image, and the network for one tile. */
const AT_ONCE = 3;

interface Waiting {
  /** How far it is from what somebody looks at, now. */
  readonly distance: () => number;
  readonly load: () => Promise<unknown>;
}

/** Has slow tiles load a few at a time, always the one that is nearest to the middle of the view. */
export class TileTurns {
  private readonly onCount: (tiles: number) => void;
  private waiting: Waiting[] = [];
  private running = 0;
  private stopped = false;

  /** @param onCount told how many tiles wait and load, whenever that changes */
  constructor(onCount: (tiles: number) => void) {
    this.onCount = onCount;
  }

  /** @param load must not fail */
  add(distance: () => number, load: () => Promise<unknown>): void {
    if (this.stopped) return;
    this.waiting.push({ distance, load });
    this.onCount(this.running + this.waiting.length);
    this.serve();
  }

  /** Forgets those that wait: the layer is gone. */
  stop(): void {
    this.stopped = true;
    this.waiting = [];
    this.onCount(0);
  }

  private serve(): void {
    while (this.running < AT_ONCE && this.waiting.length > 0) {
      const [nearest] = [...this.waiting].sort((a, b) => a.distance() - b.distance());
      this.waiting = this.waiting.filter((each) => each !== nearest);
      this.running++;
      void nearest!.load().then(() => {
        this.running--;
        if (this.stopped) return;
        this.onCount(this.running + this.waiting.length);
        this.serve();
      });
    }
  }
}
