import { type ConfigReader, readLabelCount } from '../config-reader.ts';
import { type ConvNextConfig, readConvNextConfig } from '../convnext/backbone.ts';
import { readSwinConfig, type SwinConfig } from '../swin/config.ts';

/** What an UperNet's `config.json` says, under our names. */
export interface UperNetConfig {
  readonly modelType: 'upernet';
  readonly classes: number;
  readonly backbone: SwinConfig | ConvNextConfig;
  readonly width: number;
  readonly poolScales: readonly number[];
  readonly ignoreIndex: number;
  /** Null when the network has no auxiliary head. */
  readonly auxiliary: AuxiliaryConfig | null;
}

/** The fully convolutional head on the third stage, used in training only. */
export interface AuxiliaryConfig {
  readonly lossWeight: number;
  /** Null: as many as the third stage has. */
  readonly inChannels: number | null;
  readonly width: number;
  readonly convolutions: number;
  readonly concatInput: boolean;
}

/** Reads an UperNet configuration; keys left out have the reference's defaults. */
export function readUperNetConfig(reader: ConfigReader): UperNetConfig {
  return {
    modelType: 'upernet',
    classes: readLabelCount(reader),
    backbone: readBackboneConfig(reader.child('backbone_config')),
    width: reader.number('hidden_size', 512),
    poolScales: reader.numbers('pool_scales', [1, 2, 3, 6]),
    ignoreIndex: reader.number('loss_ignore_index', 255),
    auxiliary: reader.boolean('use_auxiliary_head', true)
      ? {
          lossWeight: reader.number('auxiliary_loss_weight', 0.4),
          inChannels: reader.has('auxiliary_in_channels') ? reader.number('auxiliary_in_channels') : null,
          width: reader.number('auxiliary_channels', 256),
          convolutions: reader.number('auxiliary_num_convs', 1),
          concatInput: reader.boolean('auxiliary_concat_input', false),
        }
      : null,
  };
}

/** Reads the configuration of a Swin or ConvNeXt backbone. */
export function readBackboneConfig(reader: ConfigReader): SwinConfig | ConvNextConfig {
  const type = reader.string('model_type');
  if (type === 'swin') return readSwinConfig(reader);
  if (type === 'convnext') return readConvNextConfig(reader);
  throw reader.error('model_type', 'swin or convnext, the backbones that are known here');
}
