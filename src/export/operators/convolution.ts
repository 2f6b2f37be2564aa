import type { OperatorCall, Translations } from './call.ts';

/** Height and width at the end of a shape, which must be known. */
function kernelOf(call: OperatorCall): number[] {
  return call.tensor(1).shape.slice(2) as number[];
}

function inputs(call: OperatorCall): string[] {
  const bias = call.optionalTensor(2);
  return [call.name(0), call.name(1), ...(bias ? [bias.name] : [])];
}

const twice = ([y, x]: readonly number[]) => [y!, x!, y!, x!];

/** Convolutions. */
export const convolutions: Translations = {
  'aten::conv2d': (call) =>
    call.builder.emit('Conv', inputs(call), {
      kernel_shape: { ints: kernelOf(call) },
      strides: { ints: call.numbers(3, 2, 1) },
      pads: { ints: twice(call.numbers(4, 2, 0)) },
      dilations: { ints: call.numbers(5, 2, 1) },
      group: { int: call.number(6, 1) },
    }),

  'aten::conv2d.padding': (call) => {
    const dilation = call.numbers(5, 2, 1);
    const kernel = kernelOf(call);
    const total = kernel.map((side, i) => (side - 1) * dilation[i]!);
    const before = total.map((side) => Math.floor(side / 2));
    return call.builder.emit('Conv', inputs(call), {
      kernel_shape: { ints: kernel },
      strides: { ints: call.numbers(3, 2, 1) },
      pads: { ints: [...before, ...total.map((side, i) => side - before[i]!)] },
      dilations: { ints: dilation },
      group: { int: call.number(6, 1) },
    });
  },

  'aten::conv_transpose2d.input': (call) =>
    call.builder.emit('ConvTranspose', inputs(call), {
      kernel_shape: { ints: kernelOf(call) },
      strides: { ints: call.numbers(3, 2, 1) },
      pads: { ints: twice(call.numbers(4, 2, 0)) },
      output_padding: { ints: call.numbers(5, 2, 0) },
      group: { int: call.number(6, 1) },
      dilations: { ints: call.numbers(7, 2, 1) },
    }),
};
