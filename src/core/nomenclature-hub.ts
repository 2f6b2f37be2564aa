import type { ClassDefinition, Nomenclature } from './nomenclature.ts';

type Row = readonly [name: string, frenchName: string, color: string, weight?: number];

/** FLAIR-HUB masks start at 0, so value and index are the same number. */
function zeroBased(rows: readonly Row[]): ClassDefinition[] {
  return rows.map(([name, frenchName, color, weight = 1], index) => {
    return { index, value: index, name, frenchName, color, weight };
  });
}

/** Land cover of FLAIR-HUB (`AERIAL_LABEL-COSIA`): FLAIR's classes in another order, counted from 0. */
export const COSIA: Nomenclature = {
  id: 'cosia',
  title: 'CoSIA, 19 classes',
  classes: zeroBased([
    ['building', 'bâtiment', '#db0e9a'],
    ['greenhouse', 'serre', '#9999ff'],
    ['swimming pool', 'piscine', '#3de6eb'],
    ['impervious surface', 'zone imperméable', '#f80c00'],
    ['pervious surface', 'zone perméable', '#938e7b'],
    ['bare soil', 'sol nu', '#a97101'],
    ['water', 'surface d’eau', '#1553ae'],
    ['snow', 'neige', '#ffffff'],
    ['herbaceous vegetation', 'pelouse', '#55ff00'],
    ['agricultural land', 'culture', '#fff30d'],
    ['plowed land', 'terre labourée', '#e4df7c'],
    ['vineyard', 'vigne', '#660082'],
    ['deciduous', 'feuillu', '#46e483'],
    ['coniferous', 'conifère', '#194a26'],
    ['brushwood', 'broussaille', '#f3a60d'],
    ['clear cut', 'coupe', '#8ab3a0', 0],
    ['ligneous', 'ligneux', '#c5dc42', 0],
    ['mixed', 'mixte', '#6b714f', 0],
    ['undefined', 'indéfini', '#000000', 0],
  ]),
};

/** Crop types of FLAIR-HUB (`ALL_LABEL-LPIS`, first level: 23 classes), from the French land parcel register. */
export const LPIS: Nomenclature = {
  id: 'lpis',
  title: 'LPIS, 23 crop types',
  classes: zeroBased([
    ['grasses', 'prairies', '#92d050'],
    ['wheat', 'blé', '#d7e600'],
    ['barley', 'orge', '#e0e000'],
    ['maize', 'maïs', '#fff100'],
    ['other cereals', 'autres céréales', '#ffff00'],
    ['rice', 'riz', '#e8e8e8'],
    ['flax, hemp, tobacco', 'lin, chanvre, tabac', '#dceaf7'],
    ['sunflower', 'tournesol', '#d29ead'],
    ['rapeseed', 'colza', '#d29ed0'],
    ['other oilseed crops', 'autres oléagineux', '#ffbe99'],
    ['soy', 'soja', '#ffc000'],
    ['other protein crops', 'autres protéagineux', '#ff9000'],
    ['fodder legumes', 'légumineuses fourragères', '#009999'],
    ['beetroots', 'betteraves', '#808000'],
    ['potatoes', 'pommes de terre', '#a7a700'],
    ['other arable crops', 'autres grandes cultures', '#89896d'],
    ['vineyard', 'vigne', '#f2cfee'],
    ['olive groves', 'oliveraies', '#6f6633'],
    ['fruit orchards', 'vergers', '#ac8141'],
    ['nut orchards', 'fruits à coque', '#996633'],
    ['other permanent crops', 'autres cultures permanentes', '#80c1d7'],
    ['mixed crops', 'cultures mélangées', '#000000'],
    ['background', 'fond', '#000000'],
  ]),
};
