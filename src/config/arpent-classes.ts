import { type Nomenclature, NomenclatureError } from '../core/nomenclature.ts';
import { findNomenclature, NOMENCLATURES } from '../core/nomenclature-registry.ts';
import { parseHexColor } from '../core/palette.ts';
import type { ArpentValues } from './arpent-schema.ts';
import { colorClasses } from './class-colors.ts';
import type { ConfigReading } from './config-reading.ts';
import type { ClassConfig } from './model-config.ts';
import type { MaskConfig } from './run-config.ts';
import { nearest } from './suggest.ts';

/** One class of the file, whichever way the list was given. */
interface ClassEntry {
  readonly name: string;
  readonly weight: number;
  readonly color?: string | undefined;
  readonly values: readonly number[];
}

/** The classes of a file: the list itself, or the nomenclature it names; `null` when there is none of that name. */
function classEntries(classes: ArpentValues['classes']): readonly ClassEntry[] | null {
  if (typeof classes !== 'string')
    return classes.map((entry) => ({ ...entry, values: [entry.value ?? []].flat() }));
  const known = lookUp(classes);
  if (known === null) return null;
  return known.classes.map(({ name, weight, color, value }) => {
    const merged = [...(known.merged ?? [])].filter(([, target]) => target === value).map(([from]) => from);
    return { name, weight, color, values: [value, ...merged] };
  });
}

function lookUp(id: string): Nomenclature | null {
  try {
    return findNomenclature(id);
  } catch (error) {
    if (error instanceof NomenclatureError) return null;
    throw error;
  }
}

/** What must hold among the classes, and between them and the masks. */
export function checkArpentClasses(reading: ConfigReading, values: ArpentValues): void {
  const entries = classEntries(values.classes);
  if (entries === null) {
    const ids = NOMENCLATURES.map(({ id }) => id);
    const near = nearest(String(values.classes), ids);
    const problem = `no list of classes is called "${String(values.classes)}"; known are ${ids.join(', ')}`;
    reading.error('wrong-value', ['classes'], problem, near === null ? null : `"${near}"`);
    return;
  }
  if (entries.every(({ weight }) => weight === 0)) {
    reading.error('wrong-value', ['classes'], 'every class has weight 0; there is nothing to learn');
  }
  const { encoding } = values.data.masks;
  unique(reading, entries, 'name', ({ name }) => [name]);
  if (encoding === 'values') unique(reading, entries, 'value', ({ values: own }) => own);
  if (encoding === 'colors')
    unique(reading, entries, 'color', ({ color }) => (color === undefined ? [] : [color]));
  const wanted = values.model.classes;
  if (wanted !== null && wanted !== entries.length) {
    reading.error(
      'conflict',
      ['model', 'classes'],
      `${wanted} outputs for a list of ${entries.length} classes`,
    );
  }
}

/** Every class must have something of its own that no other class has. */
function unique(
  reading: ConfigReading,
  entries: readonly ClassEntry[],
  what: 'name' | 'value' | 'color',
  own: (entry: ClassEntry) => readonly (string | number)[],
): void {
  const owners = new Map<string, string>();
  for (const [at, entry] of entries.entries()) {
    const marks = own(entry).map((mark) => String(mark).toLowerCase());
    if (marks.length === 0) {
      const problem = `masks are encoded by ${what}s, and "${entry.name}" has no ${what}`;
      reading.error('missing-key', ['classes', at, what], problem);
    }
    for (const mark of marks) {
      const owner = owners.get(mark);
      if (owner !== undefined) {
        const problem =
          what === 'name' ? `two classes are called "${mark}"` : `${mark} already belongs to "${owner}"`;
        reading.error('conflict', ['classes', at, what], problem);
      }
      owners.set(mark, entry.name);
    }
  }
}

/** Names, colours and weights, by index. */
export function resolveArpentClasses(values: ArpentValues): ClassConfig[] {
  return colorClasses(classEntries(values.classes) ?? []);
}

/** How masks are read, by the classes and the keys under `data.masks`. */
export function resolveMasks(values: ArpentValues): MaskConfig {
  const { encoding, ignore, unknown } = values.data.masks;
  const entries = classEntries(values.classes) ?? [];
  const numbers = ignore.filter((entry) => typeof entry === 'number');
  const colors = ignore.filter((entry) => typeof entry === 'string').map(parseHexColor);
  const listed = typeof values.classes === 'string' ? (lookUp(values.classes)?.ignoredColors ?? []) : [];
  return { encoding: maskEncoding(), ignoreValues: numbers, unknown };

  function maskEncoding(): MaskConfig['encoding'] {
    if (encoding === 'values') return { kind: encoding, values: entries.map(({ values: own }) => own) };
    if (encoding !== 'colors') return { kind: encoding };
    return {
      kind: encoding,
      colors: entries.map(({ color = '#000000' }) => parseHexColor(color)),
      ignored: [...listed.map(parseHexColor), ...colors],
    };
  }
}
