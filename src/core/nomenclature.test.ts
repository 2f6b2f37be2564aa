import { describe, expect, it } from 'vitest';
import {
  checkClasses,
  disableClasses,
  FLAIR_12,
  FLAIR_13,
  FLAIR_15,
  FLAIR_19,
  FLAIR_19_LEARNING_12,
  findNomenclature,
  genericNomenclature,
  NOMENCLATURES,
  NomenclatureError,
  valueTable,
} from './index.ts';

describe('nomenclatures', () => {
  it.each(NOMENCLATURES.map((nomenclature) => [nomenclature.id, nomenclature] as const))(
    '%s has consecutive indexes, distinct values and readable colours',
    (_id, nomenclature) => {
      expect(checkClasses(nomenclature.classes)).toBe(nomenclature.classes);
    },
  );

  it('has ids that differ and can be found', () => {
    for (const nomenclature of NOMENCLATURES) expect(findNomenclature(nomenclature.id)).toBe(nomenclature);
    expect(new Set(NOMENCLATURES.map(({ id }) => id)).size).toBe(NOMENCLATURES.length);
    expect(findNomenclature('generic-7').classes).toHaveLength(7);
    expect(() => findNomenclature('flair19')).toThrow(/flair-19/);
  });

  it('follows IGN: 19 one-based values, four of weight 0', () => {
    expect(FLAIR_19.classes.map(({ value }) => value)).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
    expect(FLAIR_19.classes.filter(({ weight }) => weight === 0).map(({ value }) => value)).toEqual([
      15, 16, 17, 19,
    ]);
    expect(FLAIR_19_LEARNING_12.classes.filter(({ weight }) => weight > 0)).toHaveLength(12);
  });

  it('merges or ignores mask values above 12 as each variant says', () => {
    const [twelve, thirteen, fifteen] = [FLAIR_12, FLAIR_13, FLAIR_15].map((one) =>
      valueTable(one),
    ) as Int16Array[];
    for (let value = 1; value <= 12; value++) {
      expect([twelve![value], thirteen![value], fifteen![value]]).toEqual([value - 1, value - 1, value - 1]);
    }
    for (let value = 13; value <= 19; value++) expect([twelve![value], thirteen![value]]).toEqual([-1, 12]);
    expect([13, 14, 15, 18, 19].map((value) => fifteen![value])).toEqual([12, 13, -1, 14, -1]);
    for (const table of [twelve, thirteen, fifteen])
      expect([table![0], table![20], table![255]]).toEqual([-1, -1, -1]);
  });

  it('names what is wrong with a list of classes', () => {
    const [first, second] = FLAIR_12.classes;
    expect(() => checkClasses([])).toThrow(NomenclatureError);
    expect(() => checkClasses([first!, { ...second!, index: 2 }])).toThrow(
      /"pervious surface": index 2 where 1/,
    );
    expect(() => checkClasses([first!, { ...second!, value: 1 }])).toThrow(
      /value 1 already belongs to "building"/,
    );
    expect(() => checkClasses([{ ...first!, weight: -1 }])).toThrow(/weight -1/);
    expect(() => checkClasses([{ ...first!, color: 'pink' }])).toThrow(/"pink" is not a colour/);
  });

  it('switches classes off without moving them', () => {
    const off = disableClasses(FLAIR_12, [5]);
    expect(off.classes[4]).toMatchObject({ index: 4, name: 'water', weight: 0 });
    expect(FLAIR_12.classes[4]).toMatchObject({ weight: 1 });
  });

  it('makes generic classes from names or a count', () => {
    expect(genericNomenclature(['a', 'b'], 1).classes.map(({ value, name }) => [value, name])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(genericNomenclature(2).classes[1]).toMatchObject({
      index: 1,
      value: 1,
      name: 'class 1',
      weight: 1,
    });
  });
});
