import type { OperatorCall, Translations } from './call.ts';

function scaleAndShift(call: OperatorCall, x: string, width: number, rank: number): string {
  const { builder } = call;
  const shape = builder.integers([width, ...Array<number>(rank - 2).fill(1)]);
  const scaled = builder.emit('Mul', [x, builder.emit('Reshape', [call.name(2), shape])]);
  return builder.emit('Add', [scaled, builder.emit('Reshape', [call.name(3), shape])]);
}

/** Normalisations. */
export const normalisations: Translations = {
  'aten::batch_norm': (call) => {
    const { builder } = call;
    if (call.flag(5)) return call.refuse('is exported in evaluation mode only');
    const width = call.tensor(3).shape[0] as number;
    const fill = (value: number) => builder.floats(new Float32Array(width).fill(value));
    const weight = call.optionalTensor(1)?.name ?? fill(1);
    const bias = call.optionalTensor(2)?.name ?? fill(0);
    return builder.emit('BatchNormalization', [call.name(0), weight, bias, call.name(3), call.name(4)], {
      epsilon: { float: call.number(7) },
    });
  },

  'aten::layer_norm': (call) => {
    const { builder } = call;
    const width = call.numbers(1);
    const length = width.reduce((product, side) => product * side, 1);
    const weight = call.optionalTensor(2)?.name ?? builder.floats(new Float32Array(length).fill(1), width);
    const bias = call.optionalTensor(3);
    return builder.emit('LayerNormalization', [call.name(0), weight, ...(bias ? [bias.name] : [])], {
      axis: { int: -width.length },
      epsilon: { float: call.number(4, 1e-5) },
    });
  },

  // ONNX's own GroupNormalization came late and changed; instance normalisation of merged channels is the same.
  'aten::group_norm': (call) => {
    const { builder } = call;
    const { shape } = call.tensor(0);
    const groups = call.number(1);
    const merged = builder.emit('Reshape', [call.name(0), builder.integers([0, groups, -1])]);
    const ones = builder.floats(new Float32Array(groups).fill(1));
    const zeros = builder.floats(new Float32Array(groups));
    const normal = builder.emit('InstanceNormalization', [merged, ones, zeros], {
      epsilon: { float: call.number(4, 1e-5) },
    });
    const restored = builder.emit('Reshape', [normal, builder.reshapeTarget(shape)]);
    return call.optionalTensor(2)
      ? scaleAndShift(call, restored, shape[1] as number, shape.length)
      : restored;
  },
};
