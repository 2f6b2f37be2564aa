import { ConfigReader, type JsonObject } from '../huggingface/config-reader.ts';
import type { EncoderDecoderConfig } from './encoder-decoder.ts';
import type { InternImageConfig } from './intern-image/config.ts';
import type { MmsegSwinConfig } from './swin.ts';

/**
 * Reads an UperNet as mmsegmentation's configurations write it: `backbone` with its `type`, `decode_head.channels`,
 * `auxiliary_head.channels`.
 *
 * @throws ModelConfigError for another backbone, or a value that cannot be right
 */
export function readMmsegConfig(content: JsonObject, inChannels = 3): EncoderDecoderConfig {
  const reader = new ConfigReader(content);
  const backbone = reader.child('backbone');
  const type = backbone.string('type');
  if (type !== 'InternImage' && type !== 'SwinTransformer') {
    throw backbone.error('type', 'InternImage or SwinTransformer, the backbones that are known here');
  }
  const read = type === 'InternImage' ? readInternImage : readSwin;
  return {
    backbone: read(backbone, inChannels),
    classes: reader.number('num_classes'),
    width: reader.child('decode_head').number('channels', 512),
    auxiliaryWidth: reader.child('auxiliary_head').number('channels', 256),
  };
}

function readInternImage(reader: ConfigReader, inChannels: number): InternImageConfig {
  return {
    type: 'intern-image',
    inChannels,
    width: reader.number('channels', 64),
    depths: reader.numbers('depths', [3, 4, 18, 5]),
    groups: reader.numbers('groups', [3, 6, 12, 24]),
    mlpRatio: reader.number('mlp_ratio', 4),
    dropPath: reader.number('drop_path_rate', 0.2),
    layerScale: reader.has('layer_scale') ? reader.number('layer_scale') : null,
    offsetScale: reader.number('offset_scale', 1),
    postNorm: reader.boolean('post_norm', false),
    depthwiseKernel: reader.has('dw_kernel_size') ? reader.number('dw_kernel_size') : 3,
    residualPostNorm: reader.boolean('res_post_norm', false),
    normAfterBlocks: reader.boolean('level2_post_norm', false)
      ? reader.numbers('level2_post_norm_block_ids', [])
      : [],
    centreFeatureScale: reader.boolean('center_feature_scale', false),
  };
}

function readSwin(reader: ConfigReader, inChannels: number): MmsegSwinConfig {
  return {
    type: 'swin',
    inChannels,
    width: reader.number('embed_dims', 96),
    depths: reader.numbers('depths', [2, 2, 6, 2]),
    heads: reader.numbers('num_heads', [3, 6, 12, 24]),
    window: reader.number('window_size', 7),
    mlpRatio: reader.number('mlp_ratio', 4),
    dropPath: reader.number('drop_path_rate', 0.1),
  };
}
