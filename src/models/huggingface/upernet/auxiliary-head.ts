import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { Conv2d, Module, Sequential } from '../../../nn/index.ts';
import { ConvModule, type NormName } from './conv-module.ts';

/** Sizes of an auxiliary head. */
export interface AuxiliaryHeadOptions {
  readonly inChannels: number;
  readonly width: number;
  readonly convolutions: number;
  readonly concatInput: boolean;
  readonly norm: NormName;
}

/** The convolutions of a fully convolutional head; its classifier belongs to the subclasses, which name it. */
export abstract class FullyConvolutional extends Module {
  readonly convs: Sequential;
  declare conv_cat?: ConvModule;

  constructor({ inChannels, width, convolutions, concatInput, norm }: AuxiliaryHeadOptions) {
    super();
    const layers = Array.from({ length: convolutions }, (_, index) => {
      return new ConvModule(index === 0 ? inChannels : width, width, 3, norm);
    });
    this.convs = new Sequential(...layers);
    if (concatInput) this.conv_cat = new ConvModule(inChannels + width, width, 3, norm);
  }

  protected convolve(map: Tensor): Tensor {
    return scope(() => {
      const convolved = this.convs.forward(map);
      return this.conv_cat ? this.conv_cat.forward(ops.cat([map, convolved], 1)) : convolved;
    });
  }
}

/**
 * The auxiliary head that supervises the third stage, under Hugging Face's names.
 *
 * @see Long et al., "Fully convolutional networks for semantic segmentation", 2015
 */
export class UperNetAuxiliaryHead extends FullyConvolutional {
  readonly classifier: Conv2d;

  constructor(options: AuxiliaryHeadOptions, classes: number) {
    super(options);
    this.classifier = new Conv2d(options.width, classes, 1);
  }

  /** `[N, C, h, w]` → logits `[N, classes, h, w]` */
  forward(map: Tensor): Tensor {
    return scope(() => this.classifier.forward(this.convolve(map)));
  }
}
