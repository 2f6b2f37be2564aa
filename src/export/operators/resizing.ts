import type { Attribute } from '../onnx/graph.ts';
import type { OperatorCall, Translations } from './call.ts';

/** A resize to given sizes, or by given factors. */
function resize(
  call: OperatorCall,
  sizes: number,
  factors: number,
  attributes: Readonly<Record<string, Attribute>>,
): string {
  const { builder } = call;
  const scale = call.sizes(factors) as number[] | undefined;
  if (scale !== undefined) {
    const scales = builder.floats([1, 1, ...scale]);
    return builder.emit('Resize', [call.name(0), '', scales], attributes);
  }
  const wanted = call.sizes(sizes) ?? call.refuse('needs a size or a factor');
  const [batch, channels] = call.tensor(0).shape;
  return builder.emit(
    'Resize',
    [call.name(0), '', '', builder.shape([batch!, channels!, ...wanted])],
    attributes,
  );
}

const interpolated = (call: OperatorCall, mode: string): Readonly<Record<string, Attribute>> => ({
  mode: { text: mode },
  coordinate_transformation_mode: { text: call.flag(2) ? 'align_corners' : 'half_pixel' },
  ...(mode === 'cubic' ? { cubic_coeff_a: { float: -0.75 } } : {}),
});

/** Changes of size, and sampling at given places. */
export const resizings: Translations = {
  'aten::upsample_nearest2d.vec': (call) =>
    resize(call, 1, 2, {
      mode: { text: 'nearest' },
      coordinate_transformation_mode: { text: 'asymmetric' },
      nearest_mode: { text: 'floor' },
    }),
  'aten::upsample_bilinear2d.vec': (call) => resize(call, 1, 3, interpolated(call, 'linear')),
  'aten::upsample_bicubic2d.vec': (call) => resize(call, 1, 3, interpolated(call, 'cubic')),

  'aten::grid_sampler': (call) =>
    call.builder.emit('GridSample', [call.name(0), call.name(1)], {
      mode: { text: ['bilinear', 'nearest', 'bicubic'][call.number(2)]! },
      padding_mode: { text: ['zeros', 'border', 'reflection'][call.number(3)]! },
      align_corners: { int: call.flag(4) ? 1 : 0 },
    }),

  'aten::pixel_shuffle': (call) =>
    call.builder.emit('DepthToSpace', [call.name(0)], {
      blocksize: { int: call.number(1) },
      mode: { text: 'CRD' },
    }),
};
