import { join } from 'node:path';
import { bigRaster, folder } from '../data.ts';
import { type Timing, time } from '../pair.ts';
import { subject } from '../peers.ts';
import { hasBf16 } from '../processor.ts';
import type { Bench, Row } from '../row.ts';
import { trainedWeights } from '../trained-weights.ts';

/** The row of a map that was timed. */
export function busyRow(map: string, { stages: measured, seconds }: Timing): Row {
  const stages = measured as Record<string, number>;
  const percent = (stage: string) => `${stage} ${(100 * (stages[stage] ?? 0)).toFixed(1)} %`;
  return {
    name: `network busy, ${map}`,
    measured: `${(100 * (stages.network ?? 0)).toFixed(1)} %`,
    target: '≥ 90 %',
    met: (stages.network ?? 0) >= 0.9,
    detail: `${percent('read')}, ${percent('blend')}, ${percent('write')}; ${seconds[0]!.toFixed(1)} s`,
  };
}

/** Share of the wall time in which the network works: reading, blending and writing must hide behind it. */
export const mapBusyRows: Bench = async ({ quick }) => {
  const side = quick ? 2048 : 4096;
  const input = await bigRaster(side, side);
  const weights = await trainedWeights();
  const rows: Row[] = [];
  for (const [precision, blend] of [
    ['fp32', 'crop'] as const,
    ['fp32', 'hann'] as const,
    ['bf16', 'hann'] as const,
  ]) {
    if (precision === 'bf16' && !hasBf16()) continue;
    const plan = blend === 'crop' ? [1088, 128, 'crop', 0] : [];
    const result = await time(
      subject('map.ts', [weights, input, join(folder, 'busy.tif'), precision, ...plan]),
    );
    rows.push(busyRow(`map of ${side}², ${precision}, ${blend}`, result));
  }
  return rows;
};
