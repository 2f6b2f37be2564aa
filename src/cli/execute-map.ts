import type { MapConfig } from '../config/index.ts';
import { describeWindow, groundSamplingDistance, readRasterInfo } from '../raster/index.ts';
import { type MapRunOptions, type MapRunResult, runMap } from '../workflows/index.ts';
import type { Console } from './console.ts';
import { onInterrupt } from './interrupt.ts';
import { mapSpeed, showMapProgress, stagesText } from './map-view.ts';
import { formatDuration } from './progress-text.ts';

/** Square metres of a pixel on the ground; null without georeference. */
async function pixelArea(config: MapConfig, allowRemote: boolean): Promise<number | null> {
  const side = groundSamplingDistance(await readRasterInfo(config.input, { allowRemote }));
  return side === null || !Number.isFinite(side) ? null : side * side;
}

/** Files of IGN's name the small squares of its programs; without `compat: ign` the side is chosen for the raster. */
function squaresRemark({ source, window }: MapConfig, { grid }: MapRunResult): string | null {
  if (source.format !== 'flair-detect' || window.size === null || grid.tile === window.size) return null;
  return `squares of ${grid.tile} pixels instead of ${window.size}: the same pixels or better ones with less work (compat: ign takes img_pixels_detection)`;
}

/** Maps a raster and tells about it on a console. Ctrl-C leaves no half-written map behind. */
export async function executeMap(
  config: MapConfig,
  console: Console,
  options: Omit<MapRunOptions, 'onStart' | 'onProgress' | 'signal'> = {},
): Promise<MapRunResult> {
  const area = await pixelArea(config, options.allowRemote ?? false);
  const interrupt = onInterrupt(() =>
    console.warn('stopping after this tile; press Ctrl-C again to stop at once'),
  );
  try {
    const result = await runMap(config, {
      ...options,
      signal: interrupt.signal,
      onStart: ({ output, engine }) => {
        console.say(`mapping ${config.input} to ${output} (${engine})`);
        console.emit('start', { input: config.input, output, engine });
      },
      onProgress: (progress) => showMapProgress(console, progress, area),
    });
    const remark = squaresRemark(config, result);
    if (remark !== null) console.say(remark);
    const facts = [
      `${result.totalTiles} tiles in ${formatDuration(result.seconds)}`,
      ...mapSpeed(result, area),
      stagesText(result.stages),
    ];
    console.say(facts.join(' · '));
    if (result.slicing !== null) console.say(`written ${result.slicing}`);
    if (result.resumedTiles > 0) console.say(`${result.resumedTiles} tiles were there from an earlier run`);
    for (const { window } of result.bad)
      console.warn(`cannot be read, left without data: ${describeWindow(window)}`);
    for (const file of result.files) console.say(`written ${file}`);
    const { output, seconds, pixels, stages, slicing } = result;
    console.emit('map', {
      output,
      slicing,
      seconds,
      pixels,
      tiles: result.totalTiles,
      files: result.files,
      stages,
    });
    return result;
  } finally {
    interrupt.release();
    console.close();
  }
}
