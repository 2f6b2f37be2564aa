import type { Size } from '../graph-builder.ts';
import type { OperatorCall, Translations } from './call.ts';

const twice = ([y, x]: readonly number[]) => [y!, x!, y!, x!];

/** Each output cell averages the cells from ⌊i·n/m⌋ to ⌈(i+1)·n/m⌉: rows of weights `[outputs, inputs]`. */
function averagingRows(inputs: number, outputs: number): Float32Array {
  const rows = new Float32Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const [start, end] = [Math.floor((i * inputs) / outputs), Math.ceil(((i + 1) * inputs) / outputs)];
    rows.fill(1 / (end - start), i * inputs + start, i * inputs + end);
  }
  return rows;
}

function transposed(rows: Float32Array, count: number, width: number): Float32Array {
  return rows.map((_, i) => rows[(i % count) * width + Math.floor(i / count)]!);
}

/** Cells of equal size are an ordinary pooling; others are two products with matrices of averages. */
function adaptiveAverage(call: OperatorCall): string {
  const { builder } = call;
  const outputs = call.numbers(1, 2);
  if (outputs.every((side) => side === 1)) return builder.emit('GlobalAveragePool', [call.name(0)]);
  const sides: readonly Size[] = call.tensor(0).shape.slice(-2);
  if (!sides.every((side) => typeof side === 'number'))
    return call.refuse('to a fixed size needs images of a fixed size; pass --size 512 instead of dynamic');
  if (sides.every((side, i) => side % outputs[i]! === 0)) {
    const kernel = { ints: sides.map((side, i) => side / outputs[i]!) };
    return builder.emit('AveragePool', [call.name(0)], { kernel_shape: kernel, strides: kernel });
  }
  const [height, width] = sides as [number, number];
  const [rows, columns] = outputs as [number, number];
  const down = builder.floats(averagingRows(height, rows), [rows, height]);
  const across = builder.floats(transposed(averagingRows(width, columns), columns, width), [width, columns]);
  return builder.emit('MatMul', [builder.emit('MatMul', [down, call.name(0)]), across]);
}

/** Poolings. */
export const poolings: Translations = {
  'aten::max_pool2d': (call) => {
    const kernel = call.numbers(1, 2);
    const strides = call.sizes(2)?.length === 0 ? kernel : call.numbers(2, 2, kernel[0]);
    return call.builder.emit('MaxPool', [call.name(0)], {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      pads: { ints: twice(call.numbers(3, 2, 0)) },
      dilations: { ints: call.numbers(4, 2, 1) },
      ceil_mode: { int: call.flag(5) ? 1 : 0 },
    });
  },

  'aten::avg_pool2d': (call) => {
    const kernel = call.numbers(1, 2);
    const strides = call.sizes(2)?.length === 0 ? kernel : call.numbers(2, 2, kernel[0]);
    return call.builder.emit('AveragePool', [call.name(0)], {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      pads: { ints: twice(call.numbers(3, 2, 0)) },
      ceil_mode: { int: call.flag(4) ? 1 : 0 },
      count_include_pad: { int: call.flag(5) ? 1 : 0 },
    });
  },

  'aten::adaptive_avg_pool2d': adaptiveAverage,
};
