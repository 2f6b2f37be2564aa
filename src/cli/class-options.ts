import type { ClassConfig, MaskConfig, RunConfig } from '../config/index.ts';
import { ArpentError, findNomenclature, type Nomenclature, parseHexColor } from '../core/index.ts';
import type { parseMasks } from './parse-choice.ts';

/** A flag that is missing, or that contradicts another. */
export class FlagError extends ArpentError {}

/** How masks stand for classes, by the words of the command line. */
type MaskWord = ReturnType<typeof parseMasks>;

/** Flags that say which classes there are when no configuration does. */
export interface ClassFlags {
  readonly classes?: string;
  readonly config?: string;
  readonly masks?: MaskWord;
}

function classesOf(nomenclature: Nomenclature): ClassConfig[] {
  return nomenclature.classes.map(({ name, color, weight }) => ({ name, color, weight }));
}

function masksOf(nomenclature: Nomenclature, encoding: MaskWord): MaskConfig {
  const { classes, merged = new Map<number, number>(), ignoredColors = [] } = nomenclature;
  const joined = (value: number) => [...merged].filter(([, to]) => to === value).map(([from]) => from);
  const encodings = {
    'one-based': { kind: 'one-based' },
    'zero-based': { kind: 'zero-based' },
    values: { kind: 'values', values: classes.map(({ value }) => [value, ...joined(value)]) },
    colors: {
      kind: 'colors',
      colors: classes.map(({ color }) => parseHexColor(color)),
      ignored: ignoredColors.map(parseHexColor),
    },
  } as const;
  return { encoding: encodings[encoding], ignoreValues: [], unknown: 'ignore' };
}

/** Classes, masks and (from a configuration) the run they belong to. */
export interface ChosenClasses {
  readonly classes: readonly ClassConfig[];
  readonly masks: MaskConfig;
  readonly run: RunConfig | null;
}

/**
 * The classes that flags name: those of a configuration, or a known list (whose own mask values count unless `--masks`
 * says otherwise).
 * @throws FlagError when neither is given; NomenclatureError, ConfigError
 */
export async function chooseClasses({ classes, config, masks }: ClassFlags): Promise<ChosenClasses> {
  if (config !== undefined) {
    const { loadRunConfig } = await import('../config/index.ts');
    const { config: run } = await loadRunConfig(config, { checkFiles: false });
    return { classes: run.classes, masks: run.data.masks, run };
  }
  if (classes === undefined) {
    throw new FlagError('nothing says which classes there are', {
      key: '--classes',
      remedy: 'pass --classes (flair-19, cosia, generic-5, …) or --config with the configuration of the run',
    });
  }
  const nomenclature = findNomenclature(classes);
  return {
    classes: classesOf(nomenclature),
    masks: masksOf(nomenclature, masks ?? 'values'),
    run: null,
  };
}
