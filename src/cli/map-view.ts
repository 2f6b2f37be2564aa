import type { MapProgress } from '../inference/index.ts';
import type { Console } from './console.ts';
import { formatRate } from './progress-text.ts';

const NAMES = { read: 'reading', network: 'network', blend: 'blending', write: 'writing' } as const;

/** Shares of the stages of a map, the bottleneck named. */
export function stagesText(stages: MapProgress['stages']): string {
  const sorted = (Object.keys(NAMES) as (keyof typeof NAMES)[]).sort((a, b) => stages[b] - stages[a]);
  const shares = sorted.map((stage) => `${NAMES[stage]} ${Math.round(100 * stages[stage])} %`);
  return `${shares.join(', ')} (bottleneck: ${NAMES[sorted[0]!]})`;
}

/** How fast a map is made: `3.1 Mpx/s`, and `0.45 km²/h` where a pixel has an area. */
export function mapSpeed({ pixels, seconds }: MapProgress, squareMetresPerPixel: number | null): string[] {
  const perSecond = seconds > 0 ? pixels / seconds : 0;
  const speed = [`${formatRate(perSecond / 1e6)} Mpx/s`];
  if (squareMetresPerPixel !== null) {
    speed.push(`${formatRate((perSecond * squareMetresPerPixel * 3600) / 1e6)} km²/h`);
  }
  return speed;
}

/** Shows how far a map is. */
export function showMapProgress(
  console: Console,
  progress: MapProgress,
  squareMetresPerPixel: number | null,
  label = 'map',
): void {
  console.progress({
    label,
    done: progress.tiles,
    total: progress.totalTiles,
    unit: 'tiles',
    facts: [...mapSpeed(progress, squareMetresPerPixel), stagesText(progress.stages)],
  });
}
