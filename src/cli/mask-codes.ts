import type { MaskConfig } from '../config/index.ts';
import type { ColorTable } from '../raster/index.ts';
import { FlagError } from './class-options.ts';

/** How a mask is written so that a configuration reads it as it reads its own. */
export interface MaskCodes {
  /** Value of each class. */
  readonly values: readonly number[];
  /** Value of pixels that neither train nor score. */
  readonly ignore: number;
  /** Colours of the values, where masks are read by colour. */
  readonly colorTable: ColorTable | null;
}

const HIGHEST = 255;

function unreadable(what: string): FlagError {
  return new FlagError(`the masks have no ${what} for pixels that do not train`, {
    key: 'data.masks.ignore',
    remedy: 'list one in the configuration, or write "unknown: ignore"',
  });
}

/** The colour that the configuration leaves out, or one that stands for no class. */
function ignoredColor({ encoding, unknown }: MaskConfig): readonly [number, number, number] {
  if (encoding.kind !== 'colors') throw unreadable('colour');
  const { colors, ignored } = encoding;
  const free =
    ignored[0] ??
    [0, 1, 2]
      .map((gray) => [gray, gray, gray] as const)
      .find((color) => !colors.some((used) => used.join() === color.join()));
  if (free !== undefined && (ignored.length > 0 || unknown === 'ignore')) return free;
  throw unreadable('colour');
}

/** What pseudo-masks look like beside the true masks of a configuration. @throws FlagError when nothing may be left out */
export function maskCodes(masks: MaskConfig, classes: number): MaskCodes {
  const { encoding, ignoreValues, unknown } = masks;
  const indexes = Array.from({ length: classes }, (_, index) => index);
  if (encoding.kind === 'colors') {
    const table = Array.from({ length: HIGHEST + 1 }, () => [...ignoredColor(masks), 255] as const);
    for (const [index, color] of encoding.colors.entries()) table[index] = [...color, 255];
    return { values: indexes, ignore: HIGHEST, colorTable: table };
  }
  const first = encoding.kind === 'one-based' ? 1 : 0;
  const values =
    encoding.kind === 'values'
      ? encoding.values.map(([value]) => value!)
      : indexes.map((index) => index + first);
  const taken = new Set(encoding.kind === 'values' ? encoding.values.flat() : values);
  const ignore = [...ignoreValues, ...(unknown === 'ignore' ? [HIGHEST, 0] : [])].find(
    (value) => !taken.has(value),
  );
  if (ignore === undefined || [...values, ignore].some((value) => value > HIGHEST))
    throw unreadable('value up to 255');
  return { values, ignore, colorTable: null };
}
