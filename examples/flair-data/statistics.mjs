// Means and deviations that `arpent data stats --json` found.
import { readFileSync } from 'node:fs';

/** The normalisation of some bands (from 1), in their order. */
export function readStatistics(file, bands) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const { channels } = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'statistics');
  const rounded = (key) => bands.map((band) => Number(channels[band - 1][key].toFixed(3)));
  return { means: rounded('mean'), stds: rounded('std') };
}
