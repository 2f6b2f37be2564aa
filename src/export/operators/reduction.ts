import type { OperatorCall, Translations } from './call.ts';

/** The dimensions of a reduction; all when none are named. */
function axes(call: OperatorCall): number[] {
  const named = call.sizes(1) ?? [];
  return named.length > 0 ? (named as number[]) : call.tensor(0).shape.map((_, i) => i);
}

const keepdims = (call: OperatorCall) => ({ int: call.flag(2) ? 1 : 0 });

/** Operator sets before 18 take the dimensions of every reduction but the sum as an attribute. */
const reduce = (op: string) => (call: OperatorCall) =>
  call.builder.emit(op, [call.name(0)], { axes: { ints: axes(call) }, keepdims: keepdims(call) });

/** Reductions, and softmax, which is one at heart. */
export const reductions: Translations = {
  'aten::mean.dim': reduce('ReduceMean'),
  'aten::amax': reduce('ReduceMax'),
  'aten::amin': reduce('ReduceMin'),
  'aten::sum.dim_IntList': (call) =>
    call.builder.emit('ReduceSum', [call.name(0), call.builder.integers(axes(call))], {
      keepdims: keepdims(call),
    }),
  'aten::softmax.int': (call) =>
    call.builder.emit('Softmax', [call.name(0)], { axis: { int: call.axis(1) } }),
  'aten::log_softmax.int': (call) =>
    call.builder.emit('LogSoftmax', [call.name(0)], { axis: { int: call.axis(1) } }),
  'aten::argmax': (call) =>
    call.builder.emit('ArgMax', [call.name(0)], { axis: { int: call.axis(1) }, keepdims: keepdims(call) }),
};
