import { join } from 'node:path';
import { bigRaster, folder } from '../data.ts';
import { time } from '../pair.ts';
import { subject } from '../peers.ts';
import { hasBf16 } from '../processor.ts';
import type { Bench, Row } from '../row.ts';
import { trainedWeights } from '../trained-weights.ts';

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
    const stages = result.stages as Record<string, number>;
    const percent = (stage: string) => `${stage} ${(100 * (stages[stage] ?? 0)).toFixed(1)} %`;
    rows.push({
      name: `network busy, map of ${side}², ${precision}, ${blend}`,
      measured: `${(100 * (stages.network ?? 0)).toFixed(1)} %`,
      target: '≥ 90 %',
      met: (stages.network ?? 0) >= 0.9,
      detail: `${percent('read')}, ${percent('blend')}, ${percent('write')}; ${result.seconds[0]!.toFixed(1)} s`,
    });
  }
  return rows;
};
