import { InvalidArgumentError } from '../core/errors.ts';
import { operator } from './dispatch.ts';
import { type DType, dtypeOf, type TypedArray } from './dtype.ts';
import { native } from './native.ts';
import { type Device, type MemoryFormat, Tensor } from './tensor.ts';

/** Element type and place of a new tensor. */
export interface TensorOptions {
  dtype?: DType;
  device?: Device;
}

let currentDevice: Device = 'cpu';

/** Where new tensors are made when no device is named. */
export function defaultDevice(): Device {
  return currentDevice;
}

/** Runs `body` with another default device; `meta` builds a network without memory. */
export function withDevice<T>(device: Device, body: () => T): T {
  const before = currentDevice;
  currentDevice = device;
  try {
    return body();
  } finally {
    currentDevice = before;
  }
}

const emptyOp = operator('aten::empty', 'memory_format');
const zerosOp = operator('aten::zeros');
const onesOp = operator('aten::ones');
const fullOp = operator('aten::full');
const arangeOp = operator('aten::arange', 'start_step');
const linspaceOp = operator('aten::linspace');
const eyeOp = operator('aten::eye');
const randOp = operator('aten::rand');
const randnOp = operator('aten::randn');
const randintOp = operator('aten::randint', 'low');
const randpermOp = operator('aten::randperm');

/** A tensor with whatever the memory held, in row-major order unless another is asked for. */
export function empty(
  shape: readonly number[],
  {
    dtype = 'float32',
    device = currentDevice,
    memoryFormat = 'contiguous',
  }: TensorOptions & { memoryFormat?: MemoryFormat } = {},
): Tensor {
  return emptyOp(shape, dtype, null, device, null, memoryFormat) as Tensor;
}

/** A tensor of zeros. */
export function zeros(
  shape: readonly number[],
  { dtype = 'float32', device = currentDevice }: TensorOptions = {},
): Tensor {
  return zerosOp(shape, dtype, null, device) as Tensor;
}

/** A tensor of ones. */
export function ones(
  shape: readonly number[],
  { dtype = 'float32', device = currentDevice }: TensorOptions = {},
): Tensor {
  return onesOp(shape, dtype, null, device) as Tensor;
}

/** A tensor of one value. */
export function full(
  shape: readonly number[],
  value: number,
  { dtype = 'float32', device = currentDevice }: TensorOptions = {},
): Tensor {
  return fullOp(shape, value, dtype, null, device) as Tensor;
}

/** The numbers from `start` (inclusive) to `end` (exclusive) by `step`. */
export function arange(
  start: number,
  end: number,
  step = 1,
  { dtype = 'int64', device = currentDevice }: TensorOptions = {},
): Tensor {
  return arangeOp(start, end, step, dtype, null, device) as Tensor;
}

/** `steps` numbers evenly spaced from `start` to `end`, both included. */
export function linspace(
  start: number,
  end: number,
  steps: number,
  { dtype = 'float32', device = currentDevice }: TensorOptions = {},
): Tensor {
  return linspaceOp(start, end, steps, dtype, null, device) as Tensor;
}

/** The identity matrix. */
export function eye(size: number, { dtype = 'float32', device = currentDevice }: TensorOptions = {}): Tensor {
  return eyeOp(size, dtype, null, device) as Tensor;
}

/** Uniform random numbers in [0, 1). */
export function rand(
  shape: readonly number[],
  { dtype = 'float32', device = currentDevice }: TensorOptions = {},
): Tensor {
  return randOp(shape, dtype, null, device) as Tensor;
}

/** Standard normal random numbers. */
export function randn(
  shape: readonly number[],
  { dtype = 'float32', device = currentDevice }: TensorOptions = {},
): Tensor {
  return randnOp(shape, dtype, null, device) as Tensor;
}

/** Random integers in [low, high). */
export function randint(
  low: number,
  high: number,
  shape: readonly number[],
  { dtype = 'int64', device = currentDevice }: TensorOptions = {},
): Tensor {
  return randintOp(low, high, shape, dtype, null, device) as Tensor;
}

/** A random order of the integers below `count`. */
export function randperm(
  count: number,
  { dtype = 'int64', device = currentDevice }: TensorOptions = {},
): Tensor {
  return randpermOp(count, dtype, null, device) as Tensor;
}

/** Options of {@link tensor}. */
export interface FromDataOptions extends TensorOptions {
  /** Use the array's memory instead of a copy; writes on either side show on the other. */
  share?: boolean;
}

function asTypedArray(data: readonly number[], dtype: DType | undefined): TypedArray {
  switch (dtype) {
    case 'int64':
      return BigInt64Array.from(data, (value) => BigInt(value));
    case 'int32':
      return Int32Array.from(data);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(data);
    case 'float64':
      return Float64Array.from(data);
    default:
      return Float32Array.from(data);
  }
}

/**
 * A tensor from numbers in row-major order.
 *
 * @param data a typed array (its own type is kept unless `dtype` says otherwise), a list of numbers (float32 by
 *   default), or one number (a scalar)
 * @param shape sizes of the dimensions; by default one dimension (none for a single number)
 */
export function tensor(
  data: TypedArray | readonly number[] | number,
  shape?: readonly number[],
  { dtype, device = currentDevice, share = false }: FromDataOptions = {},
): Tensor {
  const array =
    typeof data === 'number'
      ? asTypedArray([data], dtype)
      : ArrayBuffer.isView(data)
        ? data
        : asTypedArray(data, dtype);
  const sizes = shape ?? (typeof data === 'number' ? [] : [array.length]);
  const count = sizes.reduce((product, size) => product * size, 1);
  // Raw patterns: 16-bit words may stand for half precision, bytes for booleans.
  const raw = array instanceof Uint16Array && (dtype === 'float16' || dtype === 'bfloat16');
  const natural = raw ? dtype : array instanceof Uint8Array && dtype === 'bool' ? 'bool' : dtypeOf(array);
  if (count !== array.length) {
    throw new InvalidArgumentError(
      `shape [${sizes.join(', ')}] has ${count} elements, the data ${array.length}`,
      {
        remedy: 'pass a shape whose product is the number of elements',
      },
    );
  }
  if (array instanceof Uint16Array && !raw) {
    // libtorch 1.13 has no unsigned 16-bit type: widen.
    return tensor(Int32Array.from(array), sizes, { dtype: dtype ?? 'int32', device });
  }
  const made = new Tensor((share ? native().shareBytes : native().fromBytes)(array, natural, sizes));
  const wanted = dtype ?? natural;
  if (wanted === natural && device === 'cpu') return made;
  const moved = made.to({ dtype: wanted, device });
  if (moved !== made) made.dispose();
  return moved;
}
