import type { MapConfig } from '../config/index.ts';
import { groundSamplingDistance, readRasterInfo } from '../raster/index.ts';
import { type MapRunResult, runMap } from '../workflows/index.ts';
import type { Console } from './console.ts';
import { onInterrupt } from './interrupt.ts';
import { mapSpeed, showMapProgress, stagesText } from './map-view.ts';
import { formatDuration } from './progress-text.ts';

/** Square metres of a pixel on the ground; null without georeference. */
async function pixelArea(config: MapConfig, allowRemote: boolean): Promise<number | null> {
  const side = groundSamplingDistance(await readRasterInfo(config.input, { allowRemote }));
  return side === null || !Number.isFinite(side) ? null : side * side;
}

/** Maps a raster and tells about it on a console. Ctrl-C leaves no half-written map behind. */
export async function executeMap(
  config: MapConfig,
  console: Console,
  { allowRemote = false }: { readonly allowRemote?: boolean } = {},
): Promise<MapRunResult> {
  const area = await pixelArea(config, allowRemote);
  const interrupt = onInterrupt(() =>
    console.warn('stopping after this tile; press Ctrl-C again to stop at once'),
  );
  try {
    const result = await runMap(config, {
      allowRemote,
      signal: interrupt.signal,
      onStart: ({ output, engine }) => {
        console.say(`mapping ${config.input} to ${output} (${engine})`);
        console.emit('start', { input: config.input, output, engine });
      },
      onProgress: (progress) => showMapProgress(console, progress, area),
    });
    const facts = [
      `${result.totalTiles} tiles in ${formatDuration(result.seconds)}`,
      ...mapSpeed(result, area),
      stagesText(result.stages),
    ];
    console.say(facts.join(' · '));
    if (result.slicing !== null) console.say(`written ${result.slicing}`);
    console.say(`written ${result.output}`);
    const { output, seconds, pixels, stages, slicing } = result;
    console.emit('map', { output, slicing, seconds, pixels, tiles: result.totalTiles, stages });
    return result;
  } finally {
    interrupt.release();
    console.close();
  }
}
