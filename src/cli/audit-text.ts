import type { ClassConfig } from '../config/index.ts';
import type { ClassShares, DuplicateImages, Patch, SetAudit, SharedZone, Tally } from '../data/index.ts';
import { cell, textTable } from '../evaluation/index.ts';

/** Entries that a cell or list shows before it counts the rest. */
const SHOWN = 4;

/** Patches that cannot be used, named one by one before their lines are listed together. */
const NAMED = 12;

/** Stretches of lines that are listed before the rest is counted. */
const STRETCHES = 30;

/** `train.csv:17`, or the image where no list names it. */
const placeOf = ({ list, line, image }: Patch) => (list === null ? image : `${list}:${line}`);

/** @param places name the first patch of each kind but the commonest */
function tallyText(tally: Tally, places = false): string {
  const sorted = [...tally].sort(([, a], [, b]) => b.patches - a.patches);
  if (sorted.length === 1) return sorted[0]![0];
  const shown = sorted.slice(0, SHOWN).map(([value, { patches, first }], i) => {
    return `${value} (${patches}${places && i > 0 ? `, first ${placeOf(first)}` : ''})`;
  });
  return [...shown, ...(sorted.length > SHOWN ? [`… ${sorted.length} kinds`] : [])].join(', ');
}

/** `3, 5–9, 12`. */
function linesText(patches: readonly Patch[]): string {
  const stretches: [number, number][] = [];
  for (const line of patches.map(({ line }) => line ?? 0).sort((a, b) => a - b)) {
    const last = stretches.at(-1);
    if (last && line <= last[1] + 1) last[1] = line;
    else stretches.push([line, line]);
  }
  const shown = stretches
    .slice(0, STRETCHES)
    .map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return [...shown, ...(stretches.length > STRETCHES ? ['…'] : [])].join(', ');
}

/** What the sets are: one column a set. */
export function setsTable(sets: readonly SetAudit[]): string {
  const row = (title: string, value: (set: SetAudit) => string) => [title, ...sets.map(value)];
  return textTable(
    [{ title: 'Set' }, ...sets.map(({ name }) => ({ title: name }))],
    [
      row('patches', ({ patches }) => String(patches)),
      row('cannot be used', ({ bad }) => String(bad.length)),
      row('without mask', ({ withoutMask }) => String(withoutMask)),
      row('size (pixels)', ({ sizes }) => tallyText(sizes)),
      row('bands', ({ bands }) => tallyText(bands)),
      row('cell type', ({ dataTypes }) => tallyText(dataTypes)),
      row('CRS', ({ crs }) => tallyText(crs)),
      row('pixel on the ground', ({ resolutions }) => tallyText(resolutions)),
    ],
  );
}

/** Mean, deviation and range of each channel, set by set. */
export function channelsTable(sets: readonly SetAudit[], channels: readonly number[] | undefined): string {
  const rows = sets.flatMap(({ name, channels: statistics }) =>
    statistics.map((channel, i) => {
      const { mean, std, min, max } = channel.summary();
      const numbers = [mean, std, min, max].map((value) => cell(value));
      return [name, String(channels?.[i] ?? i + 1), ...numbers, String(channel.notFinite)];
    }),
  );
  const right = (title: string) => ({ title, align: 'right' as const });
  return textTable(
    [
      { title: 'Set' },
      right('Band'),
      right('Mean'),
      right('Std'),
      right('Min'),
      right('Max'),
      right('Not numbers'),
    ],
    rows,
  );
}

/** Share of each class in each set, percent of the labelled pixels. */
export function sharesTable(
  sets: readonly SetAudit[],
  shares: readonly ClassShares[],
  classes: readonly ClassConfig[],
): string {
  const totals = shares.map(({ pixels }) => pixels.reduce((sum, count) => sum + count, 0));
  const rows = classes.map(({ name }, index) => [
    name,
    ...shares.flatMap(({ pixels, patches }, set) => [
      cell((100 * pixels[index]!) / totals[set]!),
      String(patches[index]),
    ]),
  ]);
  return textTable(
    [
      { title: 'Class' },
      ...sets.flatMap(({ name }) => [
        { title: `${name} %`, align: 'right' as const },
        { title: 'patches', align: 'right' as const },
      ]),
    ],
    rows,
  );
}

/** What an audit found wrong, a line each; empty when all is well. */
export function auditProblems(
  sets: readonly SetAudit[],
  shares: readonly ClassShares[],
  duplicates: readonly DuplicateImages[],
  zones: readonly SharedZone[],
): string[] {
  const problems: string[] = [];
  for (const [i, set] of sets.entries()) {
    const { name, bad, displaced, sizes, bands, crs, resolutions, dataTypes, channels } = set;
    for (const { error } of bad.slice(0, NAMED)) problems.push(error.message.split('\n')[0]!);
    if (bad.length > NAMED) {
      const others = bad.slice(NAMED).map(({ patch }) => patch);
      problems.push(`${name}: ${others.length} more patches cannot be used: lines ${linesText(others)}`);
    }
    for (const [what, tally] of Object.entries({ sizes, bands, crs, resolutions, 'cell types': dataTypes })) {
      if (tally.size > 1)
        problems.push(`${name}: the patches have different ${what}: ${tallyText(tally, true)}`);
    }
    if (displaced.length > 0) {
      const lines = linesText(displaced);
      problems.push(
        `${name}: masks that lie elsewhere than their images: ${displaced.length}, lines ${lines}`,
      );
    }
    for (const [channel, statistics] of channels.entries()) {
      if (statistics.notFinite > 0) {
        problems.push(
          `${name}: channel ${channel + 1} has ${statistics.notFinite} pixels that are not numbers`,
        );
      }
      if (statistics.summary().std === 0) problems.push(`${name}: channel ${channel + 1} is constant`);
    }
    const { unknown = [] } = shares[i] ?? {};
    for (const { value, pixels, patches, first } of unknown.slice(0, SHOWN)) {
      problems.push(
        `${name}: mask value ${value} stands for no class (${pixels} pixels in ${patches} masks), first ${placeOf(first)}`,
      );
    }
    if (unknown.length > SHOWN) {
      problems.push(`${name}: ${unknown.length - SHOWN} more mask values stand for no class`);
    }
  }
  const leaks = duplicates.filter((group) => group.leaks);
  for (const { images } of duplicates.slice(0, SHOWN)) {
    const named = images.map(({ patch }) => `${patch.image} (${placeOf(patch)})`);
    problems.push(`same pixels: ${named.join(' = ')}`);
  }
  if (duplicates.length > SHOWN) {
    problems.push(`${duplicates.length} groups of equal images in all, ${leaks.length} across lists`);
  }
  for (const { zone, sets: counts } of zones.slice(0, SHOWN)) {
    const where = Object.entries(counts).map(
      ([name, { patches, first }]) => `${name} (${patches}, first ${placeOf(first)})`,
    );
    problems.push(`leakage: zone ${zone} stands in ${where.join(' and ')}`);
  }
  if (zones.length > SHOWN) problems.push(`leakage: ${zones.length} zones stand in several lists`);
  return problems;
}

/** Means and deviations as YAML to paste into a configuration, class shares as a comment. */
export function statisticsYaml(
  set: SetAudit,
  channels: readonly number[] | undefined,
  shares: ClassShares | null,
  classes: readonly ClassConfig[],
): string {
  const summaries = set.channels.map((channel) => channel.summary());
  const numbers = (key: 'mean' | 'std') =>
    summaries.map((summary) => Number(summary[key].toPrecision(6))).join(', ');
  const bands = channels ?? set.channels.map((_, i) => i + 1);
  const total = shares?.pixels.reduce((sum, count) => sum + count, 0) ?? 0;
  const comment =
    shares === null
      ? []
      : [
          '# share of the labelled pixels',
          ...classes.map(
            ({ name }, i) => `# ${((100 * shares.pixels[i]!) / total).toFixed(3).padStart(7)} %  ${name}`,
          ),
        ];
  return [
    `# ${set.patches - set.bad.length} patches, ${summaries[0]?.count ?? 0} pixels, bands ${bands.join(', ')}`,
    'normalization:',
    '  type: custom',
    `  means: [${numbers('mean')}]`,
    `  stds: [${numbers('std')}]`,
    ...comment,
  ].join('\n');
}
