import type { ConfigReader } from '../config-reader.ts';

/** What the configuration of a Swin backbone says, under our names. */
export interface SwinConfig {
  readonly modelType: 'swin';
  readonly channels: number;
  readonly patchSize: number;
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  readonly window: number;
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly dropPath: number;
  readonly layerNormEps: number;
}

/** Reads a Swin configuration; keys left out have the reference's defaults (those of Swin-T). */
export function readSwinConfig(reader: ConfigReader): SwinConfig {
  reader.expect('use_absolute_embeddings', false);
  reader.expect('hidden_act', 'gelu');
  return {
    modelType: 'swin',
    channels: reader.number('num_channels', 3),
    patchSize: reader.square('patch_size', 4),
    width: reader.number('embed_dim', 96),
    depths: reader.numbers('depths', [2, 2, 6, 2]),
    heads: reader.numbers(reader.has('num_heads') ? 'num_heads' : 'num_attention_heads', [3, 6, 12, 24]),
    window: reader.square('window_size', 7),
    mlpRatio: reader.number('mlp_ratio', 4),
    qkvBias: reader.boolean('qkv_bias', true),
    hiddenDropout: reader.number('hidden_dropout_prob', 0),
    attentionDropout: reader.number('attention_probs_dropout_prob', 0),
    dropPath: reader.number('drop_path_rate', 0.1),
    layerNormEps: reader.number('layer_norm_eps', 1e-5),
  };
}

/** Channels of each stage's map: the width doubles from stage to stage. */
export function swinStageWidths({ width, depths }: Pick<SwinConfig, 'width' | 'depths'>): number[] {
  return depths.map((_, stage) => width * 2 ** stage);
}
