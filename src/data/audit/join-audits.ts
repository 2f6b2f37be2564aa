import { ChannelStatistics } from './channel-statistics.ts';
import type { SetAudit, Tally } from './set-audit.ts';

function joined(tallies: readonly Tally[]): Tally {
  const sum: Tally = new Map();
  for (const [key, { patches, first }] of tallies.flatMap((tally) => [...tally])) {
    const known = sum.get(key) ?? { patches: 0, first };
    sum.set(key, { patches: known.patches + patches, first: known.first });
  }
  return sum;
}

/**
 * Several lists as one, from what was gathered of each: channels of 8 and 16 bits come out to the last digit as if the lists had
 * been read as one.
 */
export function joinAudits(name: string, sets: readonly SetAudit[]): SetAudit {
  const channels: ChannelStatistics[] = [];
  for (const statistics of sets.flatMap((set) => set.channels.map((channel, i) => [i, channel] as const))) {
    const [i, channel] = statistics;
    channels[i] ??= new ChannelStatistics(channel.dataType);
    if (channels[i].dataType === channel.dataType) channels[i].merge(channel);
  }
  const maskValues: SetAudit['maskValues'] = new Map();
  for (const [value, { pixels, patches, first }] of sets.flatMap((set) => [...set.maskValues])) {
    const known = maskValues.get(value) ?? { pixels: 0, patches: 0, first };
    maskValues.set(value, {
      pixels: known.pixels + pixels,
      patches: known.patches + patches,
      first: known.first,
    });
  }
  const total = (of: (set: SetAudit) => number) => sets.reduce((sum, set) => sum + of(set), 0);
  const tally = (key: 'sizes' | 'bands' | 'dataTypes' | 'crs' | 'resolutions') =>
    joined(sets.map((set) => set[key]));
  return {
    ...{ name, channels, maskValues, patches: total(({ patches }) => patches) },
    ...{ sizes: tally('sizes'), bands: tally('bands'), dataTypes: tally('dataTypes'), crs: tally('crs') },
    resolutions: tally('resolutions'),
    withoutMask: total(({ withoutMask }) => withoutMask),
    displaced: sets.flatMap(({ displaced }) => displaced),
    images: sets.flatMap(({ images }) => images),
    bad: sets.flatMap(({ bad }) => bad),
  };
}
