import {
  bootstrapGain,
  bootstrapScores,
  type ConfusionMatrix,
  cell,
  type Interval,
  textTable,
  type WeightedClass,
} from '../evaluation/index.ts';

/** What intervals draw: single patches, or zones as wholes, since neighbours resemble each other. */
export type Unit = 'patch' | 'zone';

/** A run's mean IoU (percent) and its gain over the first run, each with the interval that either unit gives. */
export interface MeanIntervals {
  readonly name: string;
  readonly miou: Readonly<Record<Unit, Interval>>;
  /** Null for the first run. */
  readonly gain: Readonly<Record<Unit, Interval>> | null;
}

/** The intervals of all runs, by patch and by zone. */
export function meanIntervals(
  runs: readonly { readonly name: string; readonly images: readonly ConfusionMatrix[] }[],
  classes: readonly WeightedClass[],
  units: Readonly<Record<Unit, readonly string[]>>,
  seed: number,
): MeanIntervals[] {
  const both = (intervalOf: (options: { groups: readonly string[]; seed: number }) => Interval) => ({
    patch: intervalOf({ groups: units.patch, seed }),
    zone: intervalOf({ groups: units.zone, seed }),
  });
  return runs.map(({ name, images }, place) => ({
    name,
    miou: both((options) => bootstrapScores(images, classes, options).miou),
    gain:
      place === 0 ? null : both((options) => bootstrapGain(runs[0]!.images, images, classes, options).miou),
  }));
}

const signed = (value: number) =>
  Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${cell(Math.abs(value))}` : '–';

/** The intervals as a text table; a star marks gains whose interval leaves 0 out. */
export function intervalTable(intervals: readonly MeanIntervals[]): string {
  const bounds = ({ low, high }: Interval) => `[${cell(low)}, ${cell(high)}]`;
  const gained = ({ low, high }: Interval) =>
    `[${signed(low)}, ${signed(high)}]${low > 0 || high < 0 ? ' *' : '  '}`;
  const right = (title: string) => ({ title, align: 'right' as const });
  return textTable(
    [
      { title: 'mean IoU (%)' },
      ...['value', 'by patch', 'by zone', 'gain', 'by patch', 'by zone'].map(right),
    ],
    intervals.map(({ name, miou, gain }) => [
      name,
      ...[cell(miou.patch.estimate), bounds(miou.patch), bounds(miou.zone)],
      ...(gain === null
        ? ['', '', '']
        : [signed(gain.patch.estimate), gained(gain.patch), gained(gain.zone)]),
    ]),
  );
}
