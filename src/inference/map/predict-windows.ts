import { BlendAccumulator } from '../blending/index.ts';
import type { Core, Predictor, Tile } from '../predictor.ts';
import type { StageClock } from '../stage-clock.ts';
import type { MapLayout, Place } from './layout.ts';
import type { Prediction } from './products.ts';
import type { ReadWindow } from './read-window.ts';

/** What windows are asked for. */
export interface PredictPlan {
  readonly predictor: Predictor;
  readonly layout: MapLayout;
  /** Whether classes alone are needed of windows that do not blend. */
  readonly classesOnly: boolean;
  readonly blendOf: 'probabilities' | 'logits';
  /** Shifted windows vote with their classes. */
  readonly votes: boolean;
}

const coreOf = ({ kept, window }: Place): Core => ({
  x: kept.x - window.x,
  y: kept.y - window.y,
  width: kept.width,
  height: kept.height,
});

/** Turns windows, in reading order, into predictions of the pixels that each finishes. */
export class WindowPredictor {
  private readonly plan: PredictPlan;
  private readonly clock: StageClock;
  private readonly accumulator: BlendAccumulator | null;

  constructor(plan: PredictPlan, clock: StageClock) {
    const { layout, predictor, votes, blendOf } = plan;
    this.plan = plan;
    this.clock = clock;
    this.accumulator = layout.blended
      ? new BlendAccumulator(layout, predictor.classes, votes ? 'probabilities' : blendOf)
      : null;
  }

  /** What is predicted of each window. */
  private get asked(): 'classes' | 'probabilities' | 'logits' {
    const { votes, classesOnly, blendOf, layout } = this.plan;
    if (layout.blended) return votes ? 'classes' : blendOf;
    return classesOnly ? 'classes' : 'probabilities';
  }

  /** Predicts a batch of windows. The result of each must be used before the next is taken. */
  async *predict(batch: readonly ReadWindow[]): AsyncGenerator<Prediction> {
    const { predictor } = this.plan;
    const seen = batch.flatMap(({ tile, place }) => (tile === null ? [] : [{ tile, core: coreOf(place) }]));
    const tiles: Tile[] = seen.map(({ tile }) => tile);
    const cores = seen.map(({ core }) => core);
    const { asked } = this;
    const found: readonly (Uint8Array | Float32Array)[] =
      tiles.length === 0
        ? []
        : await this.clock.measure<readonly (Uint8Array | Float32Array)[]>('network', () =>
            asked === 'classes'
              ? predictor.predict(tiles, asked, cores)
              : predictor.predict(tiles, asked, cores),
          );
    let next = 0;
    for (const { tile, place } of batch) {
      yield this.clock.run('blend', () => this.fold(place, tile === null ? null : found[next++]!));
    }
  }

  private fold(place: Place, answer: Uint8Array | Float32Array | null): Prediction {
    const { accumulator } = this;
    if (accumulator === null) {
      if (answer === null) return { kind: 'classes', classes: new Uint8Array(0) };
      return answer instanceof Uint8Array
        ? { kind: 'classes', classes: answer }
        : { kind: 'probabilities', probabilities: answer };
    }
    const { column, row } = place;
    const { sums } =
      answer instanceof Uint8Array
        ? accumulator.addVotes(column, row, answer)
        : accumulator.add(column, row, answer);
    const of = this.plan.votes ? 'probabilities' : this.plan.blendOf;
    return { kind: 'sums', sums, scale: accumulator.scale, of };
  }
}
