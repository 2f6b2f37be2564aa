import { operator, wrapResultsWith } from './dispatch.ts';
import { type DType, type TypedArray, viewOf } from './dtype.ts';
import { TensorDisposedError } from './errors.ts';
import { native } from './native.ts';
import { track } from './scope.ts';

/** Where a tensor lives: `cpu`, `cuda`, `cuda:1`, or `meta` (shape without memory). */
export type Device = string;

/** Order of the elements in memory of a `[N, C, H, W]` tensor. */
export type MemoryFormat = 'contiguous' | 'channels_last' | 'preserve';

/** What {@link Tensor.to} may change. */
export interface ToOptions {
  dtype?: DType;
  device?: Device;
  memoryFormat?: MemoryFormat;
  /** Do not wait for a copy between host and CUDA device. */
  nonBlocking?: boolean;
}

const toCopy = operator('aten::_to_copy');
const contiguous = operator('aten::contiguous');
const detach = operator('aten::detach');

/** The part of a tensor that outlives it: what the finaliser needs to free a forgotten one. */
interface Handle {
  id: number;
}

// Scopes free tensors; this only catches what was forgotten, and only when the event loop turns.
const forgotten = new FinalizationRegistry<Handle>((handle) => {
  if (handle.id >= 0) native().dispose(handle.id);
  handle.id = -1;
});

/**
 * An n-dimensional array owned by libtorch.
 *
 * Tensors are freed by the scope they were made in ({@link scope}), by `dispose()`, or, as a net, by the garbage
 * collector. Operators are functions in `ops`; this class has only what is no operator.
 */
export class Tensor {
  private readonly handle: Handle;
  /** True for tensors that no scope may free ({@link keep}). */
  kept = false;
  private knownShape: readonly number[] | undefined;
  private knownDtype: DType | undefined;
  private knownDevice: Device | undefined;

  /** @internal Wraps a handle of the bridge; use `tensor()`, `zeros()` or an operator. */
  constructor(id: number) {
    this.handle = { id };
    forgotten.register(this, this.handle);
    track(this);
  }

  /** The bridge's handle. @throws TensorDisposedError */
  get id(): number {
    if (this.handle.id < 0) throw new TensorDisposedError('an operation');
    return this.handle.id;
  }

  /** True once the memory was given back. */
  get disposed(): boolean {
    return this.handle.id < 0;
  }

  /** Sizes of the dimensions. */
  get shape(): readonly number[] {
    this.knownShape ??= native().shape(this.id);
    return this.knownShape;
  }

  /** The size of one dimension; negative indices count from the end. */
  size(dimension: number): number {
    return this.shape.at(dimension) ?? 1;
  }

  /** Number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get numel(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  /** Element type. */
  get dtype(): DType {
    this.knownDtype ??= native().dtype(this.id);
    return this.knownDtype;
  }

  /** Where the elements are. */
  get device(): Device {
    this.knownDevice ??= native().device(this.id);
    return this.knownDevice;
  }

  /** Whether the elements lie in the given order without gaps. */
  isContiguous(format: MemoryFormat = 'contiguous'): boolean {
    return native().isContiguous(this.id, format);
  }

  /** Whether gradients flow to this tensor. */
  get requiresGrad(): boolean {
    return native().requiresGrad(this.id);
  }

  /** Asks for gradients (or no longer). */
  setRequiresGrad(on: boolean): this {
    native().setRequiresGrad(this.id, on);
    return this;
  }

  /** Whether this tensor was made by the user rather than by an operation that is differentiated. */
  get isLeaf(): boolean {
    return native().isLeaf(this.id);
  }

  /** The gradient that `backward` has accumulated here, or null. */
  get grad(): Tensor | null {
    const id = native().grads([this.id])[0];
    return id === undefined ? null : new Tensor(id);
  }

  /** Replaces the accumulated gradient; null forgets it. */
  setGrad(gradient: Tensor | null): void {
    native().setGrad(this.id, gradient === null ? null : gradient.id);
  }

  /**
   * Differentiates this scalar with respect to every leaf that asked for gradients.
   * @param gradient the outer derivative, needed when this is no scalar
   */
  backward(gradient?: Tensor, { retainGraph = false }: { retainGraph?: boolean } = {}): void {
    native().backward([this.id], gradient ? [gradient.id] : null, retainGraph);
  }

  /** The single element as a number. */
  item(): number {
    return native().item(this.id);
  }

  /** The same elements, cut off from the graph of gradients. */
  detach(): Tensor {
    return detach(this) as Tensor;
  }

  /** The tensor with another type, place or memory order; the same object when nothing changes. Differentiable. */
  to({ dtype = this.dtype, device = this.device, memoryFormat, nonBlocking = false }: ToOptions): Tensor {
    const sameDevice = this.device === device || (device === 'cuda' && this.device === 'cuda:0');
    if (dtype === this.dtype && sameDevice) {
      const asIs =
        memoryFormat === undefined || memoryFormat === 'preserve' || this.isContiguous(memoryFormat);
      return asIs ? this : (contiguous(this, memoryFormat) as Tensor);
    }
    return toCopy(this, dtype, null, device, null, nonBlocking, memoryFormat ?? 'preserve') as Tensor;
  }

  /** The elements as float32 in row-major order, whatever the tensor's type. */
  toFloat32(): Float32Array {
    if (this.dtype === 'float32') return this.toTypedArray() as Float32Array;
    const converted = this.to({ dtype: 'float32' });
    const numbers = converted.toTypedArray() as Float32Array;
    converted.dispose();
    return numbers;
  }

  /** The elements as plain numbers in row-major order. */
  toNumbers(): number[] {
    const half = this.dtype === 'float16' || this.dtype === 'bfloat16';
    return Array.from<number | bigint, number>(half ? this.toFloat32() : this.toTypedArray(), Number);
  }

  /** The elements in row-major order, in the tensor's own type (half precision: raw 16-bit patterns). */
  toTypedArray(): TypedArray {
    return viewOf(native().toBytes(this.id), this.dtype);
  }

  /** The elements' raw little-endian bytes in row-major order. */
  toBytes(): Uint8Array {
    return new Uint8Array(native().toBytes(this.id));
  }

  /** Writes the elements into an array that exists already (same type and at least the same size). */
  copyInto(target: TypedArray): void {
    native().copyInto(this.id, target);
  }

  /** Gives the memory back now; harmless when done twice. */
  dispose(): void {
    if (this.handle.id < 0) return;
    native().dispose(this.handle.id);
    this.handle.id = -1;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** `Tensor(float32[2, 3], cpu)`, for messages. */
  toString(): string {
    if (this.disposed) return 'Tensor(disposed)';
    return `Tensor(${this.dtype}[${this.shape.join(', ')}]${this.device === 'cpu' ? '' : `, ${this.device}`})`;
  }
}

wrapResultsWith((handle) => new Tensor(handle));
