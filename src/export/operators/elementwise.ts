import type { OperatorCall, Translation, Translations } from './call.ts';

const unary =
  (op: string): Translation =>
  (call) =>
    call.builder.emit(op, [call.name(0)]);

const binary =
  (op: string): Translation =>
  (call) =>
    call.builder.emit(op, [call.name(0), call.operand(1)]);

/** Sums and differences have a factor for the second operand. */
const scaled =
  (op: string): Translation =>
  (call) => {
    const { builder } = call;
    const alpha = call.number(2, 1);
    const second =
      alpha === 1 ? call.operand(1) : builder.emit('Mul', [call.operand(1), builder.scalar(alpha)]);
    return builder.emit(op, [call.name(0), second]);
  };

const not =
  (op: string): Translation =>
  (call) =>
    call.builder.emit('Not', [call.builder.emit(op, [call.name(0), call.operand(1)])]);

function gelu(call: OperatorCall): string {
  const { builder } = call;
  if ((call.text(1) ?? 'none') !== 'none') return call.refuse('by tanh has no translation to ONNX');
  const x = call.name(0);
  const bell = builder.emit('Erf', [builder.emit('Div', [x, builder.scalar(Math.SQRT2)])]);
  const product = builder.emit('Mul', [x, builder.emit('Add', [bell, builder.scalar(1)])]);
  return builder.emit('Mul', [product, builder.scalar(0.5)]);
}

function clamp(call: OperatorCall, low: number | undefined, high: number | undefined): string {
  const { builder } = call;
  const bound = (value: number | undefined) => (value === undefined ? '' : builder.scalar(value));
  const inputs = [call.name(0), bound(low), bound(high)];
  return builder.emit('Clip', high === undefined ? inputs.slice(0, 2) : inputs);
}

const optional = (call: OperatorCall, index: number): number | undefined => {
  const value = call.sizeOr(index, Number.NaN) as number;
  return Number.isNaN(value) ? undefined : value;
};

const TYPES: Readonly<Record<string, number>> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

const pairs: Readonly<Record<string, Translation>> = {
  add: scaled('Add'),
  sub: scaled('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),
  lt: binary('Less'),
  le: binary('LessOrEqual'),
  gt: binary('Greater'),
  ge: binary('GreaterOrEqual'),
  eq: binary('Equal'),
  ne: not('Equal'),
};

const both = Object.entries(pairs).flatMap(([name, rule]) =>
  ['.Tensor', '.Scalar', '_.Tensor', '_.Scalar'].map((ending) => [`aten::${name}${ending}`, rule] as const),
);

const functions: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu_: 'Relu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  neg: 'Neg',
  abs: 'Abs',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  reciprocal: 'Reciprocal',
  sin: 'Sin',
  cos: 'Cos',
  floor: 'Floor',
  ceil: 'Ceil',
  round: 'Round',
  sign: 'Sign',
  erf: 'Erf',
  logical_not: 'Not',
  hardswish: 'HardSwish',
};

/** Operators that work on each number by itself. */
export const elementwise: Translations = {
  ...Object.fromEntries(both),
  ...Object.fromEntries(Object.entries(functions).map(([name, op]) => [`aten::${name}`, unary(op)])),
  'aten::logical_and': binary('And'),
  'aten::logical_or': binary('Or'),
  'aten::maximum': binary('Max'),
  'aten::minimum': binary('Min'),
  'aten::pow.Tensor_Scalar': binary('Pow'),
  'aten::rsub.Scalar': (call) => call.builder.emit('Sub', [call.operand(1), call.name(0)]),
  'aten::rsqrt': (call) => call.builder.emit('Reciprocal', [call.builder.emit('Sqrt', [call.name(0)])]),
  'aten::square': (call) => call.builder.emit('Mul', [call.name(0), call.name(0)]),
  'aten::silu': (call) =>
    call.builder.emit('Mul', [call.name(0), call.builder.emit('Sigmoid', [call.name(0)])]),
  'aten::gelu': gelu,
  'aten::hardsigmoid': (call) =>
    call.builder.emit('HardSigmoid', [call.name(0)], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  'aten::leaky_relu': (call) =>
    call.builder.emit('LeakyRelu', [call.name(0)], { alpha: { float: call.number(1, 0.01) } }),
  'aten::elu': (call) => call.builder.emit('Elu', [call.name(0)], { alpha: { float: call.number(1, 1) } }),
  'aten::prelu': (call) => call.builder.emit('PRelu', [call.name(0), call.name(1)]),
  'aten::softplus': (call) => call.builder.emit('Softplus', [call.name(0)]),
  'aten::hardtanh': (call) => clamp(call, call.number(1, -1), call.number(2, 1)),
  'aten::clamp': (call) => clamp(call, optional(call, 1), optional(call, 2)),
  'aten::where.self': (call) => call.builder.emit('Where', [call.name(0), call.name(1), call.name(2)]),
  'aten::where.ScalarOther': (call) =>
    call.builder.emit('Where', [call.name(0), call.name(1), call.operand(2)]),
  'aten::masked_fill.Scalar': (call) =>
    call.builder.emit('Where', [call.name(1), call.operand(2), call.name(0)]),
  'aten::_to_copy': (call) => {
    const type =
      TYPES[call.results[0]!.dtype] ?? call.refuse(`to ${call.results[0]!.dtype} has no translation`);
    return call.builder.emit('Cast', [call.name(0)], { to: { int: type } });
  },
};
