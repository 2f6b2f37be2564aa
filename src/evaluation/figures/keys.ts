import { textWidth } from './font.ts';

/** Size of the letters of keys. */
export const KEY_SIZE = 12;
/** Distance between lines of keys. */
export const KEY_LINE = 22;
const GAP = 22;

/** Where keys stand: their left ends, their lines, and how many lines they fill. */
export interface KeyPlaces {
  readonly places: readonly { readonly x: number; readonly row: number }[];
  readonly rows: number;
}

/**
 * Sets keys (a mark, then a label) one after the other and begins a new line where the width is used up.
 * @param markWidth room for the mark before each label.
 */
export function placeKeys(labels: readonly string[], markWidth: number, width: number): KeyPlaces {
  let [x, row] = [0, 0];
  const places = labels.map((label) => {
    const needed = markWidth + textWidth(label, KEY_SIZE);
    if (x > 0 && x + needed > width) [x, row] = [0, row + 1];
    const place = { x, row };
    x += needed + GAP;
    return place;
  });
  return { places, rows: row + 1 };
}
