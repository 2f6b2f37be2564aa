/** What YAML can hold, without tags and anchors. */
export type PlainValue = null | boolean | number | string | PlainValue[] | PlainMap;
export interface PlainMap {
  [key: string]: PlainValue;
}

/** Keys and 0-based list positions from the root to a value. */
export type KeyPath = readonly (string | number)[];

/** Where a value is written. */
export interface Origin {
  /** Character offsets of the value, or of the key when the value is empty. */
  readonly start: number;
  readonly end: number;
  /** Offsets of the key; absent for list items. */
  readonly keyStart?: number;
  readonly keyEnd?: number;
  /** The scalar as typed, when it is an unquoted one. */
  readonly plainSource?: string;
  /** The path it was written under, which an alias of the key may have changed. */
  readonly writtenAs: KeyPath;
}

/** A dotted key: `classes.3[0]`. */
export function formatPath(path: KeyPath): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
    .join('');
}

export function isPlainMap(value: PlainValue | undefined): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The values of a configuration file together with where each was written. Moving a value (an older key name, another
 * layout) keeps its place, so that a message about it still points at the line the person typed.
 */
export class ConfigTree {
  readonly root: PlainMap = {};
  readonly #origins = new Map<string, { path: KeyPath; origin: Origin }>();

  /** Where a value was written; `undefined` when it is not in the file. */
  originOf(path: KeyPath): Origin | undefined {
    return this.#origins.get(identity(path))?.origin;
  }

  setOrigin(path: KeyPath, origin: Origin): void {
    this.#origins.set(identity(path), { path, origin });
  }

  get(path: KeyPath): PlainValue | undefined {
    let value: PlainValue | undefined = this.root;
    for (const part of path) {
      if (Array.isArray(value) && typeof part === 'number') value = value[part];
      else if (isPlainMap(value) && typeof part === 'string' && Object.hasOwn(value, part))
        value = value[part];
      else return undefined;
    }
    return value;
  }

  has(path: KeyPath): boolean {
    return this.get(path) !== undefined;
  }

  /** Sets a value, making the maps on the way (a scalar or list in the way is replaced). */
  set(path: KeyPath, value: PlainValue): void {
    let holder: PlainMap | PlainValue[] = this.root;
    for (const part of path.slice(0, -1)) {
      let next: PlainValue | undefined = Array.isArray(holder) ? holder[part as number] : holder[part];
      if (typeof next !== 'object' || next === null) {
        next = {};
        (holder as PlainMap)[part] = next;
      }
      holder = next;
    }
    (holder as PlainMap)[path.at(-1)!] = value;
  }

  /** Removes a map entry with everything under it; its origins stay, for messages. */
  delete(path: KeyPath): void {
    const holder = this.get(path.slice(0, -1));
    if (isPlainMap(holder)) delete holder[path.at(-1)!];
  }

  /** Puts a value under another key, with its origins. */
  move(from: KeyPath, to: KeyPath): void {
    const value = this.get(from);
    if (value === undefined) return;
    const moved = this.#under(from);
    this.delete(from);
    this.set(to, value);
    for (const [id, entry] of moved) {
      this.#origins.delete(id);
      this.setOrigin([...to, ...entry.path.slice(from.length)], entry.origin);
    }
  }

  /** Keys of a map in the order they are written (JavaScript would put number-like keys first). */
  keysInOrder(path: KeyPath): string[] {
    const map = this.get(path);
    if (!isPlainMap(map)) return [];
    const written = this.#under(path)
      .filter(([, entry]) => entry.path.length === path.length + 1)
      .map(([, entry]) => String(entry.path.at(-1)))
      .filter((key) => Object.hasOwn(map, key));
    return [...new Set([...written, ...Object.keys(map)])];
  }

  #under(path: KeyPath): [string, { path: KeyPath; origin: Origin }][] {
    const own = identity(path);
    const prefix = path.length === 0 ? '' : `${own}\u0000`;
    return [...this.#origins].filter(([id]) => id === own || id.startsWith(prefix));
  }
}

function identity(path: KeyPath): string {
  return path.join('\u0000');
}
