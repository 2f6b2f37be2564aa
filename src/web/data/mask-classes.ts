import type { Nomenclature } from '../../core/nomenclature.ts';
import { NOMENCLATURES } from '../../core/nomenclature-registry.ts';
import { language, words } from '../language.ts';

/** How a value of a mask is called and shown. */
export interface MaskClass {
  readonly name: string;
  /** Null for a value without a colour. */
  readonly color: string | null;
}

/** The nomenclature with most of the colours that masks were painted in; null where none has any. */
export function nomenclatureOfColors(values: readonly string[]): Nomenclature | null {
  const shared = ({ classes }: Nomenclature) => classes.filter(({ color }) => values.includes(color)).length;
  const [best] = [...NOMENCLATURES].sort((a, b) => shared(b) - shared(a));
  return best !== undefined && shared(best) > 1 ? best : null;
}

/** What a value is, a number or `#rrggbb`, by a nomenclature; itself where that does not know it. */
export function maskClass(value: string, nomenclature: Nomenclature | null): MaskClass {
  const painted = value.startsWith('#');
  const found = nomenclature?.classes.find((each) =>
    painted ? each.color === value : String(each.value) === value,
  );
  if (nomenclature?.ignoredColors?.includes(value)) return { name: words.ignored, color: value };
  const name = (language === 'fr' ? found?.frenchName : undefined) ?? found?.name ?? value;
  return { name, color: found?.color ?? (painted ? value : null) };
}

/** The colours of a mask of numbers, as the API takes them; empty where it has colours of its own. */
export function maskQuery(values: readonly string[], nomenclature: Nomenclature | null): string {
  if (nomenclature === null || values.some((value) => value.startsWith('#'))) return '';
  const last = Math.max(...nomenclature.classes.map(({ value }) => value));
  const colors = Array.from({ length: last + 1 }, (_, value) => {
    const color = nomenclature.classes.find((each) => each.value === value)?.color;
    return color === undefined ? '-' : color.slice(1);
  });
  return `?colors=${colors.join(',')}`;
}
