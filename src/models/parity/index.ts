export { type ParityCase, ParityCaseError, type ParityReference, readParityCase } from './case.ts';
export { recipeInput, recipeLabels, recipeWeight } from './recipe.ts';
export { defaultTolerance, type ParityResult, type ParityTolerance, runParityCase } from './run.ts';
