import { ArpentError } from '../core/index.ts';
import {
  BYTES_PER_ELEMENT,
  type DType,
  defaultDevice,
  keep,
  noGrad,
  ops,
  scope,
  type Tensor,
  type TypedArray,
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

/** A contiguous little-endian copy of a tensor's numbers. */
export function toRawTensor(value: Tensor): RawTensor {
  return { dtype: value.dtype, shape: [...value.shape], data: value.toBytes() };
}

/** A new tensor on the CPU holding the numbers of `raw`. */
export function fromRawTensor({ dtype, shape, data }: RawTensor): Tensor {
  const Numbers = arrays[dtype];
  // Files place tensors at any byte; typed arrays want theirs aligned.
  const bytes = data.byteOffset % BYTES_PER_ELEMENT[dtype] === 0 ? data : data.slice();
  const numbers = new Numbers(
    bytes.buffer as ArrayBuffer,
    bytes.byteOffset,
    bytes.byteLength / BYTES_PER_ELEMENT[dtype],
  );
  return tensor(numbers, shape, { dtype, device: 'cpu' });
}

type NumberArray = new (buffer: ArrayBuffer, byteOffset: number, length: number) => TypedArray;

const arrays: Record<DType, NumberArray> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
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
    ops.copy_(target, source);
    return;
  }
  const placed = source.to({ device: defaultDevice(), dtype: target.dtype });
  owner.setOwn(name, isParameter(target) ? parameter(placed, target.requiresGrad) : keep(placed));
  target.dispose();
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
