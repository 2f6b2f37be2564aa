import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { BatchNorm2d, Conv2d, FusedConv2d, Module } from '../../../nn/index.ts';
import { type HasInferenceForm, withReluInside } from '../../inference-form.ts';

/** Names that one library gives the norm inside of a {@link ConvModule}. */
export type NormName = 'batch_norm' | 'bn';

/** Convolution without bias, batch norm, ReLU; the norm's name differs between Hugging Face and mmsegmentation. */
export class ConvModule extends Module implements HasInferenceForm {
  conv: Conv2d | FusedConv2d;
  declare batch_norm?: BatchNorm2d;
  declare bn?: BatchNorm2d;

  constructor(inChannels: number, channels: number, kernelSize: number, norm: NormName) {
    super();
    const padding = Math.floor(kernelSize / 2);
    this.conv = new Conv2d(inChannels, channels, kernelSize, { padding, bias: false });
    this[norm] = new BatchNorm2d(channels);
  }

  forward(map: Tensor): Tensor {
    return scope(() => {
      const convolved = this.conv.forward(map);
      if (this.conv instanceof FusedConv2d) return convolved;
      const normalised = (this.batch_norm ?? this.bn!).forward(convolved);
      if (normalised !== convolved) convolved.dispose();
      return ops.relu(normalised);
    });
  }

  toInferenceForm(): void {
    const fused = withReluInside([this.conv] as const, [this.batch_norm ?? this.bn!]);
    if (fused) this.conv = fused[0];
  }
}
