import { aloneInside, type Inside, type ScorePart } from '../blending/index.ts';
import type { Core, Predictor, Tile } from '../predictor.ts';
import type { MapLayout, Place } from './layout.ts';
import type { ReadWindow } from './read-window.ts';

/** What windows are asked for. */
export interface PredictPlan {
  readonly predictor: Predictor;
  readonly layout: MapLayout;
  /** Whether classes alone are wanted. */
  readonly classesOnly: boolean;
  readonly blendOf: 'probabilities' | 'logits';
  /** Shifted windows vote with their classes. */
  readonly votes: boolean;
}

/** What was predicted of a window: scores, in parts where they blend, or classes; and the classes of what need not be blended. */
export interface Answer {
  readonly scores: Uint8Array | Float32Array | readonly ScorePart[];
  readonly inside: { readonly window: Inside; readonly classes: Uint8Array } | null;
}

const coreOf = ({ kept, window }: Place): Core => ({
  x: kept.x - window.x,
  y: kept.y - window.y,
  width: kept.width,
  height: kept.height,
});

/** Asks the network about windows: of each pixel no more than blending and the products need. */
export class WindowPredictor {
  private readonly plan: PredictPlan;

  constructor(plan: PredictPlan) {
    this.plan = plan;
  }

  /** Predicts a batch of windows; null for those that are left out. */
  async predict(batch: readonly ReadWindow[]): Promise<(Answer | null)[]> {
    const seen = batch.flatMap(({ tile, place }) => (tile === null ? [] : [{ tile, place }]));
    const found = seen.length === 0 ? [] : await this.ask(seen);
    let next = 0;
    return batch.map(({ tile }) => (tile === null ? null : found[next++]!));
  }

  /** What is predicted of each pixel. */
  private get asked(): 'classes' | 'probabilities' | 'logits' {
    const { votes, classesOnly, blendOf, layout } = this.plan;
    if (layout.blended) return votes ? 'classes' : blendOf;
    return classesOnly ? 'classes' : 'probabilities';
  }

  private ask(seen: readonly { tile: Tile; place: Place }[]): Promise<Answer[]> {
    const { predictor, votes, layout } = this.plan;
    const parts = layout.blended && !votes && predictor.predictParts !== undefined;
    return parts ? this.askParts(seen) : this.askWhole(seen);
  }

  /** Of pixels that one window alone counts, classes are enough where nothing else is wanted. */
  private async askParts(seen: readonly { tile: Tile; place: Place }[]): Promise<Answer[]> {
    const { predictor, layout, classesOnly } = this.plan;
    const frames = seen.map(({ place }) => {
      const window = classesOnly ? aloneInside(layout, place.column, place.row) : null;
      return { window, cores: framed(coreOf(place), window) };
    });
    const found = await predictor.predictParts!(
      seen.map(({ tile }) => tile),
      frames.map(({ window, cores }) =>
        cores.map((core, i) => ({ core, kind: i === 0 && window !== null ? 'classes' : this.asked })),
      ),
    );
    return found.map((parts, i) => {
      const { x, y } = coreOf(seen[i]!.place);
      const { window, cores } = frames[i]!;
      const scores = parts.flatMap((part, at): ScorePart[] => {
        if (part instanceof Uint8Array) return [];
        const core = cores[at]!;
        return [{ ...core, x: core.x - x, y: core.y - y, scores: part }];
      });
      return { scores, inside: window && { window, classes: parts[0] as Uint8Array } };
    });
  }

  private async askWhole(seen: readonly { tile: Tile; place: Place }[]): Promise<Answer[]> {
    const { predictor } = this.plan;
    const { asked } = this;
    const tiles = seen.map(({ tile }) => tile);
    const cores = seen.map(({ place }) => coreOf(place));
    const found = await predictor.predict(tiles, asked, cores);
    return found.map((scores) => ({ scores, inside: null }));
  }
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
