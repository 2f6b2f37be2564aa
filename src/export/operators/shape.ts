import type { Size } from '../graph-builder.ts';
import { isOpen } from '../open-size.ts';
import type { OperatorCall, Translation, Translations } from './call.ts';

const reshape: Translation = (call) =>
  call.builder.emit('Reshape', [call.name(0), call.builder.reshapeTarget(call.resultShape)]);

const same: Translation = (call) => call.name(0);

function permute(call: OperatorCall, order: readonly number[]): string {
  return call.builder.emit('Transpose', [call.name(0)], { perm: { ints: order } });
}

/** From `start` to before `end`, the names of vectors of one number, along one dimension. */
function slice(call: OperatorCall, source: string, axis: number, start: string, end: string, step = 1) {
  const { builder } = call;
  return builder.emit('Slice', [source, start, end, builder.integers([axis]), builder.integers([step])]);
}

/** From `start` to before `end` along one dimension. */
function cut(call: OperatorCall, source: string, axis: number, start: Size, end: Size, step = 1): string {
  return slice(call, source, axis, call.builder.shape([start]), call.builder.shape([end]), step);
}

const END = 2 ** 31 - 1;

/** A map may be rolled by more than its size (small images in large windows): what counts is the rest. */
function roll(call: OperatorCall): string {
  const { builder } = call;
  const { shape } = call.tensor(0);
  const shifts = call.numbers(1);
  return call.numbers(2).reduce((x, axis, i) => {
    const size = shape[axis]!;
    const back = -shifts[i]!;
    const start = isOpen(size)
      ? builder.emit('Mod', [builder.integers([back]), builder.shape([size])])
      : builder.integers([((back % size) + size) % size]);
    const parts = [
      slice(call, x, axis, start, builder.integers([END])),
      slice(call, x, axis, builder.integers([0]), start),
    ];
    return builder.emit('Concat', parts, { axis: { int: axis } });
  }, call.name(0));
}

function split(call: OperatorCall, axis: number): string[] {
  const { builder, results } = call;
  const lengths = builder.shape(results.map(({ shape }) => shape[axis]!));
  return builder.emitMany('Split', [call.name(0), lengths], results.length, { axis: { int: axis } });
}

function unbind(call: OperatorCall): string[] {
  const axis = call.axis(1, undefined, 0);
  return call.results.map((_, i) =>
    call.builder.emit('Gather', [call.name(0), call.builder.constant('int64', [], integerBytes(i))], {
      axis: { int: axis },
    }),
  );
}

function integerBytes(value: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
}

function pad(call: OperatorCall): string {
  const { builder } = call;
  const rank = call.tensor(0).shape.length;
  const [before, after] = [Array<number>(rank).fill(0), Array<number>(rank).fill(0)];
  const widths = call.numbers(1);
  for (let i = 0; i < widths.length / 2; i++) {
    before[rank - 1 - i] = widths[2 * i]!;
    after[rank - 1 - i] = widths[2 * i + 1]!;
  }
  const modes: Record<string, string> = { constant: 'constant', reflect: 'reflect', replicate: 'edge' };
  const mode = modes[call.text(2) ?? 'constant'] ?? call.refuse(`with ${call.text(2)} has no translation`);
  const inputs = [call.name(0), builder.integers([...before, ...after])];
  if (mode === 'constant') inputs.push(builder.scalar(call.number(3, 0)));
  return builder.emit('Pad', inputs, { mode: { text: mode } });
}

/** Every element several times in a row: a new dimension beside its own, repeated, and merged with it. */
function repeatInterleave(call: OperatorCall): string {
  const { builder } = call;
  const { shape } = call.tensor(0);
  const axis = call.axis(2);
  const times = [...shape, 1].map((_, i) => (i === axis + 1 ? call.number(1) : 1));
  const wider = builder.emit('Unsqueeze', [call.name(0), builder.integers([axis + 1])]);
  const repeated = builder.emit('Tile', [wider, builder.integers(times)]);
  return builder.emit('Reshape', [repeated, builder.reshapeTarget(call.resultShape)]);
}

/** Changes of shape and order, cuts and joins. */
export const shapes: Translations = {
  'aten::reshape': reshape,
  'aten::view': reshape,
  'aten::flatten.using_ints': reshape,
  'aten::unflatten.int': reshape,
  'aten::squeeze.dim': reshape,
  'aten::unsqueeze': (call) =>
    call.builder.emit('Unsqueeze', [
      call.name(0),
      call.builder.integers([call.axis(1, call.tensor(0).shape.length + 1)]),
    ]),
  'aten::contiguous': same,
  'aten::detach': same,
  'aten::clone': same,
  'aten::dropout': same,
  'aten::feature_dropout': same,
  'aten::permute': (call) => {
    const rank = call.tensor(0).shape.length;
    return permute(
      call,
      call.numbers(1).map((axis) => (axis < 0 ? axis + rank : axis)),
    );
  },
  'aten::transpose.int': (call) => {
    const order = call.tensor(0).shape.map((_, i) => i);
    const [a, b] = [call.axis(1), call.axis(2)];
    [order[a], order[b]] = [b, a];
    return permute(call, order);
  },
  'aten::expand': (call) => call.builder.emit('Expand', [call.name(0), call.builder.shape(call.resultShape)]),
  'aten::repeat_interleave.self_int': repeatInterleave,
  'aten::repeat': (call) => call.builder.emit('Tile', [call.name(0), call.builder.shape(call.sizes(1)!)]),
  'aten::cat': (call) => {
    const parts = call.tensors(0);
    if (parts.length === 1) return parts[0]!.name;
    const axis = call.axis(1, parts[0]!.shape.length, 0);
    return call.builder.emit(
      'Concat',
      parts.map(({ name }) => name),
      { axis: { int: axis } },
    );
  },
  'aten::stack': (call) => {
    const parts = call.tensors(0);
    const axis = call.axis(1, parts[0]!.shape.length + 1, 0);
    const wider = parts.map(({ name }) =>
      call.builder.emit('Unsqueeze', [name, call.builder.integers([axis])]),
    );
    return call.builder.emit('Concat', wider, { axis: { int: axis } });
  },
  'aten::narrow': (call) => {
    const axis = call.axis(1);
    const [start, length] = [call.size(2), call.size(3)];
    const total = call.tensor(0).shape[axis];
    if (start === 0) return cut(call, call.name(0), axis, 0, length);
    if (typeof start === 'number' && typeof length === 'number')
      return cut(call, call.name(0), axis, start, start + length);
    return call.refuse(`from ${JSON.stringify(start)} of ${JSON.stringify(total)} needs a fixed size`);
  },
  'aten::slice.Tensor': (call) => {
    const axis = call.axis(1, undefined, 0);
    const end = call.sizeOr(3, END);
    return cut(call, call.name(0), axis, call.sizeOr(2, 0), end, call.number(4, 1));
  },
  'aten::select.int': (call) =>
    call.builder.emit(
      'Gather',
      [call.name(0), call.builder.constant('int64', [], integerBytes(call.number(2)))],
      {
        axis: { int: call.axis(1) },
      },
    ),
  'aten::unbind.int': unbind,
  'aten::chunk': (call) => split(call, call.axis(2, undefined, 0)),
  'aten::split.Tensor': (call) => split(call, call.axis(2, undefined, 0)),
  'aten::split_with_sizes': (call) => split(call, call.axis(2, undefined, 0)),
  'aten::roll': roll,
  'aten::flip': (call) => {
    const { builder } = call;
    const axes = call.numbers(1);
    const all = (value: number) => builder.integers(axes.map(() => value));
    return builder.emit('Slice', [call.name(0), all(-1), all(-END), builder.integers(axes), all(-1)]);
  },
  'aten::pad': pad,
};
