export { CheckpointTape, checkpoint, checkpointBorder } from './checkpoint.ts';
export { ModuleDict, ModuleList, Sequential } from './containers.ts';
export { foldBatchNorm } from './folding.ts';
export * as init from './init.ts';
export * from './layers/index.ts';
export * from './losses/index.ts';
export { Module, type TensorModule } from './module.ts';
export * from './optim/index.ts';
export { isParameter, type Parameter, parameter } from './parameter.ts';
export type { TensorPlacement } from './placement.ts';
export * from './schedulers/index.ts';
export {
  fromRawTensor,
  type LoadReport,
  type ShapeMismatch,
  StateDictMismatchError,
  toRawTensor,
} from './stateDict.ts';
export { describeTree } from './tree.ts';
