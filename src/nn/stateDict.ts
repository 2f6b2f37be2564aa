import { ArpentError } from '../core/index.ts';
import {
  callOp,
  type DType,
  defaultDevice,
  keep,
  noGrad,
  scope,
  type Tensor,
  tensor,
} from '../engine/index.ts';
import type { RawTensor, StateDict } from '../weights/index.ts';
import type { Module } from './module.ts';
import { isParameter, parameter } from './parameter.ts';

/** A key whose tensor has another shape in the file than in the network. */
export interface ShapeMismatch {
  readonly key: string;
  readonly expected: readonly number[];
  readonly found: readonly number[];
}

/** What did not fit when a state dict was loaded. */
export interface LoadReport {
  /** Keys of the network that the state dict lacks. */
  readonly missing: string[];
  /** Keys of the state dict that the network lacks. */
  readonly unexpected: string[];
  /** Keys of both, with different shapes; the network keeps its own numbers there. */
  readonly mismatched: ShapeMismatch[];
}

/** A state dict does not fit the network; {@link report} lists every key. */
export class StateDictMismatchError extends ArpentError {
  readonly report: LoadReport;

  constructor(network: string, report: LoadReport) {
    const { missing, unexpected, mismatched } = report;
    const shapes = mismatched.map(({ key, expected, found }) => `${key} is [${found}], not [${expected}]`);
    const parts = [
      list('missing', missing),
      list('unexpected', unexpected),
      list('of another shape', shapes),
    ].filter((part) => part !== '');
    super(`the weights do not fit ${network}: ${parts.join('; ')}`, {
      remedy: 'check the network, its channels and its classes, or load with strict: false to take what fits',
    });
    this.report = report;
  }
}

function list(what: string, keys: readonly string[]): string {
  if (keys.length === 0) return '';
  const shown = keys.slice(0, 5).join(', ');
  return `${keys.length} ${what} (${shown}${keys.length > 5 ? ', …' : ''})`;
}

/** Types that JavaScript has no array for travel as 16-bit integers of the same bits. */
function bitsOf(dtype: string): DType | undefined {
  return dtype === 'float16' || dtype === 'bfloat16' ? 'int16' : undefined;
}

/** A contiguous little-endian copy of a tensor's numbers. */
export function toRawTensor(value: Tensor): RawTensor {
  return scope(() => {
    const bits = bitsOf(value.dtype);
    const local = value.detach().to({ device: 'cpu', memoryFormat: 'contiguous' });
    const plain = bits === undefined ? local : (callOp('aten::view', 'dtype', [local, bits]) as Tensor);
    const numbers = plain.toTypedArray();
    const data = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).slice();
    return { dtype: value.dtype, shape: [...value.shape], data };
  });
}

/** A new tensor on the CPU holding the numbers of `raw`. */
export function fromRawTensor({ dtype, shape, data }: RawTensor): Tensor {
  const bits = bitsOf(dtype);
  const stored = bits ?? (dtype as DType);
  const Numbers = typedArrays[stored];
  if (!Numbers) {
    throw new ArpentError(`tensors of type ${dtype} cannot be loaded`, {
      remedy: `convert the file to one of ${Object.keys(typedArrays).join(', ')}`,
    });
  }
  // A copy whose offset suits every type: files place tensors at any byte.
  const aligned = data.slice().buffer;
  const made = tensor(new Numbers(aligned), shape, { dtype: stored, device: 'cpu' });
  if (bits === undefined) return made;
  const result = callOp('aten::view', 'dtype', [made, dtype]) as Tensor;
  made.dispose();
  return result;
}

const typedArrays: Partial<Record<DType, new (buffer: ArrayBuffer) => Parameters<typeof tensor>[0]>> = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** The work of `Module.loadStateDict`. */
export function loadInto(root: Module, state: StateDict, strict: boolean): LoadReport {
  const report: LoadReport = { missing: [], unexpected: [], mismatched: [] };
  const expected = new Set<string>();
  const fitting: [Tensor, Module, string, RawTensor][] = [];
  for (const [key, target, owner, name] of root.namedState()) {
    expected.add(key);
    const raw = state.get(key);
    if (!raw) report.missing.push(key);
    else if (!sameShape(raw.shape, target.shape)) {
      report.mismatched.push({ key, expected: [...target.shape], found: [...raw.shape] });
    } else fitting.push([target, owner, name, raw]);
  }
  for (const key of state.keys()) if (!expected.has(key)) report.unexpected.push(key);
  const fits = report.missing.length + report.unexpected.length + report.mismatched.length === 0;
  if (strict && !fits) throw new StateDictMismatchError(root.constructor.name, report);
  noGrad(() => {
    for (const [target, owner, name, raw] of fitting) scope(() => assign(target, owner, name, raw));
  });
  return report;
}

function assign(target: Tensor, owner: Module, name: string, raw: RawTensor): void {
  const source = fromRawTensor(raw);
  if (target.device !== 'meta') {
    callOp('aten::copy_', '', [target, source]);
    return;
  }
  const placed = source.to({ device: defaultDevice(), dtype: target.dtype });
  owner.setOwn(name, isParameter(target) ? parameter(placed, target.requiresGrad) : keep(placed));
  target.dispose();
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
