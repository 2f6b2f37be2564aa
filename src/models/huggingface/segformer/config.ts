import { type ConfigReader, readLabelCount } from '../config-reader.ts';

/** What a SegFormer's `config.json` says, under our names. */
export interface SegformerConfig {
  readonly modelType: 'segformer';
  readonly classes: number;
  readonly channels: number;
  readonly depths: readonly number[];
  readonly reductions: readonly number[];
  readonly hiddenSizes: readonly number[];
  readonly patchSizes: readonly number[];
  readonly strides: readonly number[];
  readonly heads: readonly number[];
  readonly mlpRatios: readonly number[];
  readonly decoderWidth: number;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly classifierDropout: number;
  readonly dropPath: number;
  readonly ignoreIndex: number;
}

/** Reads a SegFormer configuration; keys left out have the reference's defaults (those of B0). */
export function readSegformerConfig(reader: ConfigReader): SegformerConfig {
  reader.expect('hidden_act', 'gelu');
  reader.expect('reshape_last_stage', true);
  return {
    modelType: 'segformer',
    classes: readLabelCount(reader),
    channels: reader.number('num_channels', 3),
    depths: reader.numbers('depths', [2, 2, 2, 2]),
    reductions: reader.numbers('sr_ratios', [8, 4, 2, 1]),
    hiddenSizes: reader.numbers('hidden_sizes', [32, 64, 160, 256]),
    patchSizes: reader.numbers('patch_sizes', [7, 3, 3, 3]),
    strides: reader.numbers('strides', [4, 2, 2, 2]),
    heads: reader.numbers('num_attention_heads', [1, 2, 5, 8]),
    mlpRatios: reader.numbers('mlp_ratios', [4, 4, 4, 4]),
    decoderWidth: reader.number('decoder_hidden_size', 256),
    hiddenDropout: reader.number('hidden_dropout_prob', 0),
    attentionDropout: reader.number('attention_probs_dropout_prob', 0),
    classifierDropout: reader.number('classifier_dropout_prob', 0.1),
    dropPath: reader.number('drop_path_rate', 0.1),
    ignoreIndex: reader.number('semantic_loss_ignore_index', 255),
  };
}
