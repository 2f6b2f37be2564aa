import { type ClassDefinition, disableClasses, type Nomenclature } from './nomenclature.ts';

/** Mask value, English name, French name, colour and default weight of IGN's 19 FLAIR classes. */
const FLAIR_ROWS = [
  [1, 'building', 'bâtiment', '#db0e9a', 1],
  [2, 'pervious surface', 'zone perméable', '#938e7b', 1],
  [3, 'impervious surface', 'zone imperméable', '#f80c00', 1],
  [4, 'bare soil', 'sol nu', '#a97101', 1],
  [5, 'water', 'surface d’eau', '#1553ae', 1],
  [6, 'coniferous', 'conifère', '#194a26', 1],
  [7, 'deciduous', 'feuillu', '#46e483', 1],
  [8, 'brushwood', 'broussaille', '#f3a60d', 1],
  [9, 'vineyard', 'vigne', '#660082', 1],
  [10, 'herbaceous vegetation', 'pelouse', '#55ff00', 1],
  [11, 'agricultural land', 'culture', '#fff30d', 1],
  [12, 'plowed land', 'terre labourée', '#e4df7c', 1],
  [13, 'swimming pool', 'piscine', '#3de6eb', 1],
  [14, 'snow', 'neige', '#ffffff', 1],
  [15, 'clear cut', 'coupe', '#8ab3a0', 0],
  [16, 'mixed', 'mixte', '#6b714f', 0],
  [17, 'ligneous', 'ligneux', '#c5dc42', 0],
  [18, 'greenhouse', 'serre', '#9999ff', 1],
  [19, 'other', 'autre', '#000000', 0],
] as const;

function chosen(values: readonly number[]): ClassDefinition[] {
  return values.map((wanted, index) => {
    const [value, name, frenchName, color, weight] = FLAIR_ROWS[wanted - 1]!;
    return { index, value, name, frenchName, color, weight };
  });
}

const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, step) => from + step);

/** All 19 classes; clear cut, mixed, ligneous and other have weight 0, as in IGN's sample configuration. */
export const FLAIR_19: Nomenclature = {
  id: 'flair-19',
  title: 'FLAIR, 19 classes',
  classes: chosen(span(1, 19)),
};

/** 19 outputs of which the first 12 are learned: how IGN's published "12cl" networks are laid out. */
export const FLAIR_19_LEARNING_12: Nomenclature = {
  ...disableClasses(FLAIR_19, span(13, 19)),
  id: 'flair-19-learning-12',
  title: 'FLAIR, 19 outputs, 12 learned',
};

/** The 12 classes of the FLAIR challenges; all other mask values are ignored. */
export const FLAIR_12: Nomenclature = {
  id: 'flair-12',
  title: 'FLAIR, 12 classes',
  classes: chosen(span(1, 12)),
};

/** The challenges' 13 outputs: mask values above 12 become one class "other" of weight 0. */
export const FLAIR_13: Nomenclature = {
  id: 'flair-13',
  title: 'FLAIR challenge, 12 classes and other',
  classes: [
    ...chosen(span(1, 12)),
    { index: 12, value: 13, name: 'other', frenchName: 'autre', color: '#000000', weight: 0 },
  ],
  merged: new Map(span(14, 19).map((value) => [value, 13])),
};

/** The 15 classes of IGN's "15cl" networks: the 12, swimming pool, snow and greenhouse; the rest is ignored. */
export const FLAIR_15: Nomenclature = {
  id: 'flair-15',
  title: 'FLAIR, 15 classes',
  classes: chosen([...span(1, 14), 18]),
};
