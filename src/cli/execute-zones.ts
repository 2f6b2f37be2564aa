import type { MapConfig } from '../config/index.ts';
import type { ZoneMap } from '../inference/index.ts';
import { runZones, type ZonesRunOptions } from '../workflows/index.ts';
import type { Console } from './console.ts';
import { onInterrupt } from './interrupt.ts';
import { showMapProgress } from './map-view.ts';

/** Maps patches by zones and tells about it on a console. */
export async function executeZones(
  config: MapConfig,
  console: Console,
  options: Omit<ZonesRunOptions, 'onStart' | 'onProgress' | 'signal'>,
): Promise<ZoneMap[]> {
  const interrupt = onInterrupt(() =>
    console.warn('stopping after this tile; press Ctrl-C again to stop at once'),
  );
  try {
    const maps = await runZones(config, {
      ...options,
      signal: interrupt.signal,
      onStart: ({ patches, engine }) => {
        console.say(`mapping ${patches} patches to ${options.folder} (${engine})`);
        console.emit('start', { patches, folder: options.folder, engine });
      },
      onProgress: (zone, progress) => showMapProgress(console, progress, null, zone),
    });
    for (const { zone, map, predictions } of maps) {
      const { name, width, height } = zone;
      console.say(`${name}: ${predictions.length} patches, ${width} × ${height} pixels, ${map.output}`);
      for (const { message } of map.bad) console.warn(`cannot be read, left without data: ${message}`);
      console.emit('zone', { zone: name, width, height, output: map.output, predictions });
    }
    return maps;
  } finally {
    interrupt.release();
    console.close();
  }
}
