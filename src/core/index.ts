export {
  ArpentError,
  type ErrorDetails,
  type ErrorPlace,
  InvalidArgumentError,
  OutputExistsError,
} from './errors.ts';
export {
  type ClassDefinition,
  checkClasses,
  disableClasses,
  genericNomenclature,
  type Nomenclature,
  NomenclatureError,
  valueTable,
} from './nomenclature.ts';
export { DUBAI } from './nomenclature-dubai.ts';
export { FLAIR_12, FLAIR_13, FLAIR_15, FLAIR_19, FLAIR_19_LEARNING_12 } from './nomenclature-flair.ts';
export { COSIA, LPIS } from './nomenclature-hub.ts';
export { findNomenclature, NOMENCLATURES } from './nomenclature-registry.ts';
export {
  encodeNpyHeader,
  locateNpyHeader,
  NPY_START,
  type NpyHeader,
  parseNpyHeader,
} from './npy-header.ts';
export {
  colorTable,
  contrastRatio,
  formatHexColor,
  InvalidColorError,
  parseHexColor,
  type Rgb,
  readableTextColor,
  relativeLuminance,
} from './palette.ts';
export { colorDifference, distinctPalette, mixColors } from './palette-perceptual.ts';
export { Random } from './random.ts';
