import { scope, type Tensor } from '../../engine/index.ts';
import { Conv2d, Dropout2d, init } from '../../nn/index.ts';
import { type AuxiliaryHeadOptions, FullyConvolutional } from '../huggingface/upernet/auxiliary-head.ts';
import { UperNetFusion, type UperNetHeadOptions } from '../huggingface/upernet/decode-head.ts';

/** Share of channels that both heads drop before the classifier in training. */
const DROPOUT = 0.1;

function classifier(width: number, classes: number): Conv2d {
  const layer = new Conv2d(width, classes, 1);
  init.normal_(layer.weight, 0, 0.01);
  init.zeros_(layer.bias!);
  return layer;
}

/** The UperNet head under mmsegmentation's names. */
export class UPerHead extends UperNetFusion {
  readonly conv_seg: Conv2d;
  readonly dropout: Dropout2d;

  constructor(options: Omit<UperNetHeadOptions, 'norm'>, classes: number) {
    super({ ...options, norm: 'bn' });
    this.conv_seg = classifier(options.width, classes);
    this.dropout = new Dropout2d(DROPOUT);
  }

  /** Logits at the finest map's size. */
  forward(features: readonly Tensor[]): Tensor {
    return scope(() => this.conv_seg.forward(this.dropout.forward(this.fuse(features))));
  }
}

/** The fully convolutional head under mmsegmentation's names. */
export class FCNHead extends FullyConvolutional {
  readonly conv_seg: Conv2d;
  readonly dropout: Dropout2d;

  constructor(options: Omit<AuxiliaryHeadOptions, 'norm'>, classes: number) {
    super({ ...options, norm: 'bn' });
    this.conv_seg = classifier(options.width, classes);
    this.dropout = new Dropout2d(DROPOUT);
  }

  /** `[N, C, h, w]` → logits `[N, classes, h, w]` */
  forward(map: Tensor): Tensor {
    return scope(() => this.conv_seg.forward(this.dropout.forward(this.convolve(map))));
  }
}
