import type { ConfigReading } from './config-reading.ts';
import type { KeyPath } from './config-tree.ts';
import { nearest } from './suggest.ts';

/**
 * Means and standard deviations: one per channel, in the same order.
 * @param extras IGN's library uses the first values of lists that are longer than the channels, as long as both are equally long
 */
export function checkStatistics(
  reading: ConfigReading,
  channels: number,
  lists: readonly { readonly key: KeyPath; readonly values: readonly number[] | null }[],
  extras: 'refused' | 'ignored' = 'refused',
): void {
  const counts = lists.map(({ values }) => values?.length ?? 0);
  const usable =
    extras === 'ignored' && counts.every((count) => count === counts[0]) && counts[0]! > channels;
  for (const [i, { key }] of lists.entries()) {
    const count = counts[i]!;
    if (count === channels) continue;
    const found = `${count} values${reading.tree.has(key) ? '' : ' (the default)'} for ${channels} channels`;
    if (usable)
      reading.warning('conflict', key, `${found}; the first ${channels} are used, in the order of channels`);
    else {
      const problem = `${found}; give one per channel, in the same order`;
      reading.error(reading.tree.has(key) ? 'conflict' : 'missing-key', key, problem);
    }
  }
}

/** The same band twice is legal but seldom meant. */
export function checkChannels(reading: ConfigReading, channels: readonly number[]): void {
  const twice = channels.find((band, at) => channels.indexOf(band) !== at);
  if (twice !== undefined)
    reading.warning('conflict', ['channels'], `band ${twice} is listed more than once`);
}

/** The monitored value must be one that training logs, watched in its natural direction. */
export function checkMonitor(
  reading: ConfigReading,
  keys: { readonly monitor: KeyPath; readonly mode: KeyPath },
  monitor: string,
  mode: 'min' | 'max',
  classes: readonly { readonly name: string; readonly weight: number }[],
): void {
  const logged = ['val_loss', 'train_loss', 'val_miou'];
  const perClass = classes.filter(({ weight }) => weight > 0).map(({ name }) => `val_iou_${name}`);
  if (![...logged, ...perClass].includes(monitor)) {
    const problem = `"${monitor}" is never logged; give ${logged.join(', ')} or val_iou_ and the name of a class whose weight is not 0`;
    const near = nearest(monitor, [...logged, ...perClass]);
    reading.error('wrong-value', keys.monitor, problem, near === null ? null : `"${near}"`);
  } else if ((mode === 'min') !== monitor.endsWith('_loss')) {
    const better = mode === 'min' ? 'larger' : 'smaller';
    reading.warning('conflict', keys.mode, `mode is ${mode}, but a ${better} ${monitor} is the better one`);
  }
}

/** Several devices each have the whole network and their share of the patches; there is no other way. */
export function checkStrategy(
  reading: ConfigReading,
  strategy: string | null,
  devices: number | string,
  nodes: number,
): void {
  if ((devices === 1 && nodes === 1) || strategy === null || /^(auto|ddp(_\w+)?)$/.test(strategy)) return;
  const problem = `"${strategy}" is not there; give auto or ddp: every device has the whole network and its share of the patches`;
  reading.error('wrong-value', ['strategy'], problem);
}

/** Batch normalisation has no statistics to learn from in a batch of one. */
export function checkBatchSize(reading: ConfigReading, key: KeyPath, batchSize: number): void {
  if (batchSize > 1) return;
  reading.error(
    'conflict',
    key,
    'this network has batch normalisation, which cannot train on one patch; give at least 2',
  );
}

/** Convolutional encoders halve the image five times. */
export function checkTileSize(reading: ConfigReading, key: KeyPath, size: number): void {
  if (size % 32 === 0) return;
  const below = Math.max(32, Math.floor(size / 32) * 32);
  reading.error(
    'wrong-value',
    key,
    `${size} is not a multiple of 32, as this network needs; ${below} or ${below + 32} would do`,
  );
}

/** The kept centre of a square must not be empty. */
export function checkMargin(reading: ConfigReading, key: KeyPath, margin: number, size: number): void {
  if (2 * margin < size) return;
  reading.error(
    'conflict',
    key,
    `twice the margin (${2 * margin}) must be less than the side of the square (${size})`,
  );
}
