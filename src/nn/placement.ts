import { type DType, keep, noGrad, scope, type Tensor } from '../engine/index.ts';

/** Where a network's tensors should be and in which form; what is left out stays as it is. */
export interface TensorPlacement {
  device?: string;
  dtype?: DType;
  memoryFormat?: 'channels_last' | 'contiguous';
}

const floatingPoint: ReadonlySet<DType> = new Set<DType>(['float32', 'float64', 'float16', 'bfloat16']);

/** Whether the type holds fractions. */
export function isFloatingPoint(dtype: DType): boolean {
  return floatingPoint.has(dtype);
}

/** A tensor as the placement asks; the same object when there is nothing to do. */
export function convertTensor(tensor: Tensor, { device, dtype, memoryFormat }: TensorPlacement): Tensor {
  const change: TensorPlacement = {};
  if (device !== undefined && device !== tensor.device) change.device = device;
  if (dtype !== undefined && dtype !== tensor.dtype && isFloatingPoint(tensor.dtype)) change.dtype = dtype;
  if (memoryFormat !== undefined && tensor.ndim === 4) change.memoryFormat = memoryFormat;
  if (Object.keys(change).length === 0) return tensor;
  return keep(scope(() => noGrad(() => tensor.detach().to(change))));
}
