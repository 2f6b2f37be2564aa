import { type ConfigReader, readLabelCount } from '../config-reader.ts';
import { readSwinConfig, type SwinConfig } from '../swin/config.ts';

/** What a Mask2Former's `config.json` says, under our names. */
export interface Mask2FormerConfig {
  readonly modelType: 'mask2former';
  readonly classes: number;
  readonly backbone: SwinConfig;
  /** Channels of the pixel decoder and of the queries. */
  readonly width: number;
  /** Channels of the per-pixel embeddings that masks are made of. */
  readonly maskWidth: number;
  readonly heads: number;
  readonly queries: number;
  readonly pixelLayers: number;
  readonly pixelFeedForward: number;
  /** Decoder layers, not counting the prediction before the first one. */
  readonly queryLayers: number;
  readonly queryFeedForward: number;
  readonly dropout: number;
  readonly ignoreIndex: number;
  readonly loss: MaskLossConfig;
}

/** The training objective of Mask2Former. */
export interface MaskLossConfig {
  readonly classWeight: number;
  readonly maskWeight: number;
  readonly diceWeight: number;
  /** Weight of the class "nothing" in the class loss. */
  readonly noObjectWeight: number;
  /** Points per mask on which matching and losses are computed. */
  readonly points: number;
  /** How many candidates are drawn for each point that is kept. */
  readonly oversampling: number;
  /** Share of the points that are taken where the network is least certain. */
  readonly importance: number;
  /** Whether the predictions of all decoder layers are supervised. */
  readonly auxiliary: boolean;
}

/** Reads a Mask2Former configuration; keys left out have the reference's defaults. */
export function readMask2FormerConfig(reader: ConfigReader): Mask2FormerConfig {
  const backbone = reader.child('backbone_config');
  if (backbone.string('model_type', 'swin') !== 'swin') throw backbone.error('model_type', 'swin');
  const width = reader.number('hidden_dim', 256);
  reader.expect('pre_norm', false);
  reader.expect('enforce_input_projection', false);
  reader.expect('activation_function', 'relu');
  if (reader.number('feature_size', 256) !== width)
    throw reader.error('feature_size', `${width}, the hidden_dim`);
  return {
    modelType: 'mask2former',
    classes: readLabelCount(reader),
    backbone: readSwinConfig(backbone),
    width,
    maskWidth: reader.number('mask_feature_size', 256),
    heads: reader.number('num_attention_heads', 8),
    queries: reader.number('num_queries', 100),
    pixelLayers: reader.number('encoder_layers', 6),
    pixelFeedForward: reader.number('encoder_feedforward_dim', 1024),
    queryLayers: reader.number('decoder_layers', 10) - 1,
    queryFeedForward: reader.number('dim_feedforward', 2048),
    dropout: reader.number('dropout', 0),
    ignoreIndex: reader.number('ignore_value', 255),
    loss: {
      classWeight: reader.number('class_weight', 2),
      maskWeight: reader.number('mask_weight', 5),
      diceWeight: reader.number('dice_weight', 5),
      noObjectWeight: reader.number('no_object_weight', 0.1),
      points: reader.number('train_num_points', 12544),
      oversampling: reader.number('oversample_ratio', 3),
      importance: reader.number('importance_sample_ratio', 0.75),
      auxiliary: reader.boolean('use_auxiliary_loss', true),
    },
  };
}
