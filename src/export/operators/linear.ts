import { bytesOf } from '../graph-builder.ts';
import type { OperatorCall, Translations } from './call.ts';

/** The weights of a linear layer with rows and columns exchanged, as MatMul wants them. */
function transposedWeight(call: OperatorCall): string {
  const { builder } = call;
  const weight = call.tensor(1);
  const data = weight.data?.();
  if (data === undefined) return builder.emit('Transpose', [weight.name], { perm: { ints: [1, 0] } });
  const [rows, columns] = weight.shape as [number, number];
  const source = new Float32Array(data.buffer, data.byteOffset, rows * columns);
  const target = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      target[column * rows + row] = source[row * columns + column]!;
  return builder.constant(
    'float32',
    [columns, rows],
    bytesOf(target),
    `${weight.parameter ?? 'weight'}.transposed`,
  );
}

/** The last two dimensions exchanged. */
function swapped(call: OperatorCall, name: string, rank: number): string {
  const order = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return call.builder.emit('Transpose', [name], { perm: { ints: order } });
}

/** The mask of an attention as numbers to add to its scores. */
function additive(call: OperatorCall, name: string, dtype: string): string {
  if (dtype !== 'bool') return name;
  const { builder } = call;
  return builder.emit('Where', [name, builder.scalar(0), builder.scalar(Number.NEGATIVE_INFINITY)]);
}

function attention(call: OperatorCall): string {
  const { builder } = call;
  if (call.flag(5)) return call.refuse('with a causal mask has no translation to ONNX');
  const [query, key] = [call.tensor(0), call.tensor(1)];
  const mask = call.optionalTensor(3);
  const scale = call.number(6, 1 / Math.sqrt(query.shape.at(-1) as number));
  // Scaling the smaller side before the product keeps half precision in range.
  const scaled = builder.emit('Mul', [query.name, builder.scalar(scale)]);
  let scores = builder.emit('MatMul', [scaled, swapped(call, key.name, key.shape.length)]);
  if (mask) scores = builder.emit('Add', [scores, additive(call, mask.name, mask.dtype)]);
  const weights = builder.emit('Softmax', [scores], { axis: { int: -1 } });
  return builder.emit('MatMul', [weights, call.name(2)]);
}

/** Products of matrices, and attention. */
export const linears: Translations = {
  'aten::matmul': (call) => call.builder.emit('MatMul', [call.name(0), call.name(1)]),
  'aten::bmm': (call) => call.builder.emit('MatMul', [call.name(0), call.name(1)]),
  'aten::linear': (call) => {
    const product = call.builder.emit('MatMul', [call.name(0), transposedWeight(call)]);
    const bias = call.optionalTensor(2);
    return bias ? call.builder.emit('Add', [product, bias.name]) : product;
  },
  'aten::einsum': (call) =>
    call.builder.emit(
      'Einsum',
      call.tensors(1).map(({ name }) => name),
      { equation: { text: call.text(0)!.replaceAll(' ', '') } },
    ),
  'aten::scaled_dot_product_attention': attention,
};
