export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { WeightAverage, type WeightAverageOptions } from './average.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export { GradScaler, type GradScalerOptions, type GradScalerState } from './gradScaler.ts';
export {
  type BaseOptions,
  type GroupRule,
  layerwiseScale,
  type NamedGroup,
  type NameMatcher,
  noDecay,
  type ParameterGroup,
  parameterGroups,
} from './groups.ts';
export { type Group, Optimizer, type OptimizerState, OptimizerStateError } from './optimizer.ts';
export { SGD, type SgdOptions } from './sgd.ts';
