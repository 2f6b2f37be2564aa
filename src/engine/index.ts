export { autogradGrad, backward, clearGradients, type GradOptions, gradientsOf } from './autograd.ts';
export {
  arange,
  defaultDevice,
  empty,
  eye,
  type FromDataOptions,
  full,
  linspace,
  ones,
  rand,
  randint,
  randn,
  randperm,
  type TensorOptions,
  tensor,
  withDevice,
  zeros,
} from './create.ts';
export { canRecord, type RecordedWork, recordCudaWork } from './cuda-graph.ts';
export { callOp, hasOperator, type OperatorListener, onOperator, operator } from './dispatch.ts';
export { BYTES_PER_ELEMENT, type DType, dtypeOf, type TypedArray } from './dtype.ts';
export { BridgeNotFoundError, OperatorNotFoundError, TensorDisposedError, TorchError } from './errors.ts';
export { type AutocastOptions, autocast, enableGrad, inferenceMode, noGrad } from './modes.ts';
export * as ops from './ops/index.ts';
export {
  cudaDeviceCount,
  cudaSynchronize,
  getNumThreads,
  getRngState,
  isTorchAtLeast,
  liveTensors,
  manualSeed,
  setBackendFlag,
  setNumThreads,
  setRngState,
  torchConfiguration,
  torchVersion,
  withNumThreads,
} from './runtime.ts';
export { keep, scope } from './scope.ts';
export { type Device, type MemoryFormat, Tensor, type ToOptions } from './tensor.ts';
export { peakTensorBytes } from './tensor-memory.ts';
