import { BlendAccumulator, type Inside, type ScorePart, VoteAccumulator } from '../blending/index.ts';
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
  private readonly ballot: VoteAccumulator | null;

  constructor(plan: PredictPlan, clock: StageClock) {
    const { layout, predictor, votes, blendOf } = plan;
    this.plan = plan;
    this.clock = clock;
    const blends = layout.blended && !votes;
    this.accumulator = blends ? new BlendAccumulator(layout, predictor.classes, blendOf) : null;
    this.ballot = layout.blended && votes ? new VoteAccumulator(layout, predictor.classes) : null;
  }

  /** What is predicted of each window. */
  private get asked(): 'classes' | 'probabilities' | 'logits' {
    const { votes, classesOnly, blendOf, layout } = this.plan;
    if (layout.blended) return votes ? 'classes' : blendOf;
    return classesOnly ? 'classes' : 'probabilities';
  }

  /** Predicts a batch of windows. The result of each must be used before the next is taken. */
  async *predict(batch: readonly ReadWindow[]): AsyncGenerator<Prediction> {
    const seen = batch.flatMap(({ tile, place }) => (tile === null ? [] : [{ tile, place }]));
    const found = seen.length === 0 ? [] : await this.clock.measure('network', () => this.ask(seen));
    let next = 0;
    for (const { tile, place } of batch) {
      const answer = tile === null ? null : found[next++]!;
      yield this.clock.run('blend', () => this.fold(place, answer));
    }
  }

  /** Which pixels of a window need not be blended: those of it alone, where classes are all that is wanted. */
  private inside({ column, row }: Place): Inside | null {
    const { classesOnly, predictor } = this.plan;
    const possible = classesOnly && predictor.predictParts !== undefined;
    return possible ? (this.accumulator?.inside(column, row) ?? null) : null;
  }

  private async ask(seen: readonly { tile: Tile; place: Place }[]): Promise<Answer[]> {
    const { predictor } = this.plan;
    const { asked } = this;
    const tiles = seen.map(({ tile }) => tile);
    if (this.accumulator !== null && predictor.predictParts !== undefined) {
      const frames = seen.map(({ place }) => framed(coreOf(place), this.inside(place)));
      const found = await predictor.predictParts(
        tiles,
        frames.map((cores) =>
          cores.map((core, i) => ({ core, kind: i === 0 && cores.length > 1 ? 'classes' : asked })),
        ),
      );
      return found.map((parts, i) => {
        const { x, y } = coreOf(seen[i]!.place);
        const known = parts.length > 1 ? (parts[0] as Uint8Array) : null;
        const scores = parts.flatMap((part, at): ScorePart[] => {
          const core = frames[i]![at]!;
          if (part instanceof Uint8Array) return [];
          return [{ ...core, x: core.x - x, y: core.y - y, scores: part }];
        });
        return { scores, inside: known };
      });
    }
    const cores = seen.map(({ place }) => coreOf(place));
    const found: readonly (Uint8Array | Float32Array)[] =
      asked === 'classes'
        ? await predictor.predict(tiles, asked, cores)
        : await predictor.predict(tiles, asked, cores);
    return found.map((scores) => ({ scores, inside: null }));
  }

  private fold(place: Place, answer: Answer | null): Prediction {
    const { accumulator, ballot } = this;
    const { column, row } = place;
    const scores = answer?.scores ?? null;
    if (ballot !== null) {
      const { sums, width } = ballot.add(column, row, scores as Uint8Array | null);
      return { kind: 'sums', sums, scale: ballot.scale, of: 'probabilities', width };
    }
    if (accumulator === null) {
      if (scores === null) return { kind: 'classes', classes: new Uint8Array(0) };
      return scores instanceof Uint8Array
        ? { kind: 'classes', classes: scores }
        : { kind: 'probabilities', probabilities: scores as Float32Array };
    }
    const classes = answer?.inside ?? null;
    const { sums, width } = Array.isArray(scores)
      ? accumulator.addParts(column, row, scores as ScorePart[])
      : accumulator.add(column, row, scores as Float32Array | null);
    const window = classes === null ? null : this.inside(place);
    const inside = window === null || classes === null ? {} : { inside: { window, classes } };
    return { kind: 'sums', sums, scale: accumulator.scale, of: this.plan.blendOf, width, ...inside };
  }
}

/** What was predicted of a window: scores, in parts where they blend, or classes; and the classes of what need not be blended. */
interface Answer {
  readonly scores: Uint8Array | Float32Array | readonly ScorePart[];
  readonly inside: Uint8Array | null;
}

/** The part that need not be blended, then the four sides around it; the whole where all is blended. */
function framed(core: Core, inside: Inside | null): Core[] {
  if (inside === null) return [core];
  const { x, y, width, height } = inside;
  const [below, right] = [core.height - y - height, core.width - x - width];
  const parts = [
    { x, y, width, height },
    { x: 0, y: 0, width: core.width, height: y },
    { x: 0, y: y + height, width: core.width, height: below },
    { x: 0, y, width: x, height },
    { x: x + width, y, width: right, height },
  ];
  return parts
    .filter((part) => part.width > 0 && part.height > 0)
    .map((part) => ({ ...part, x: core.x + part.x, y: core.y + part.y }));
}
