import { ops, scope, type Tensor } from '../../engine/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  FusedConv2d,
  Identity,
  MaxPool2d,
  Module,
  Sequential,
  type TensorModule,
} from '../../nn/index.ts';
import { ReLUInPlace } from '../activation.ts';
import { BlockSequence } from '../block-sequence.ts';
import { chain } from '../chain.ts';
import { type EncoderStages, stageSteps } from '../image-encoder.ts';
import { type HasInferenceForm, withReluInside } from '../inference-form.ts';
import { dilated, dilationRate, Encoder, type EncoderSettings } from './encoder.ts';
import { fanOutNormal } from './initialization.ts';

/** A residual network by its numbers. */
export interface ResNetVariant {
  readonly block: 'basic' | 'bottleneck';
  /** Blocks in each of the four stages. */
  readonly layers: readonly [number, number, number, number];
  /** Groups of the 3×3 convolutions (ResNeXt). */
  readonly groups?: number;
  /** Channels a group has in the first stage. */
  readonly widthPerGroup?: number;
}

interface BlockSettings {
  readonly inChannels: number;
  readonly planes: number;
  readonly stride: number;
  readonly rate: number;
  readonly groups: number;
  readonly widthPerGroup: number;
}

function shortcut({ inChannels, stride, rate }: BlockSettings, outChannels: number): Sequential | undefined {
  if (stride === 1 && inChannels === outChannels) return undefined;
  const geometry = dilated(rate, 1, { stride });
  return new Sequential(
    new Conv2d(inChannels, outChannels, 1, { ...geometry, bias: false }),
    new BatchNorm2d(outChannels),
  );
}

/** Two 3×3 convolutions around a shortcut (ResNet-18 and -34). */
class BasicBlock extends Module implements HasInferenceForm {
  conv1: Conv2d | FusedConv2d;
  bn1: TensorModule;
  relu = new ReLUInPlace();
  conv2: Conv2d | FusedConv2d;
  bn2: TensorModule;
  downsample: Sequential | undefined;

  constructor(settings: BlockSettings) {
    super();
    const { inChannels, planes, stride, rate } = settings;
    this.conv1 = new Conv2d(inChannels, planes, 3, {
      ...dilated(rate, 3, { stride, padding: 1 }),
      bias: false,
    });
    this.bn1 = new BatchNorm2d(planes);
    this.conv2 = new Conv2d(planes, planes, 3, { ...dilated(rate, 3, { padding: 1 }), bias: false });
    this.bn2 = new BatchNorm2d(planes);
    this.downsample = shortcut(settings, planes);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const { conv1, bn1, relu, conv2, bn2, downsample } = this;
      if (conv2 instanceof FusedConv2d) return conv2.forward(conv1.forward(x), downsample?.forward(x) ?? x);
      const branch = chain(x, conv1, bn1, relu, conv2, bn2);
      return relu.forward(ops.add_(branch, downsample?.forward(x) ?? x));
    });
  }

  toInferenceForm(): void {
    const fused = withReluInside([this.conv1, this.conv2] as const, [this.bn1, this.bn2]);
    if (fused) [this.conv1, this.conv2] = fused;
  }
}

/** 1×1, 3×3 and 1×1 convolutions around a shortcut, four times as wide at the end (ResNet-50 and up, ResNeXt). */
class Bottleneck extends Module implements HasInferenceForm {
  conv1: Conv2d | FusedConv2d;
  bn1: TensorModule;
  conv2: Conv2d | FusedConv2d;
  bn2: TensorModule;
  conv3: Conv2d | FusedConv2d;
  bn3: TensorModule;
  relu = new ReLUInPlace();
  downsample: Sequential | undefined;

  constructor(settings: BlockSettings) {
    super();
    const { inChannels, planes, stride, rate, groups, widthPerGroup } = settings;
    const width = Math.floor((planes * widthPerGroup) / 64) * groups;
    this.conv1 = new Conv2d(inChannels, width, 1, { ...dilated(rate, 1, {}), bias: false });
    this.bn1 = new BatchNorm2d(width);
    const geometry = dilated(rate, 3, { stride, padding: 1 });
    this.conv2 = new Conv2d(width, width, 3, { ...geometry, groups, bias: false });
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = new Conv2d(width, planes * 4, 1, { ...dilated(rate, 1, {}), bias: false });
    this.bn3 = new BatchNorm2d(planes * 4);
    this.downsample = shortcut(settings, planes * 4);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const { conv1, bn1, relu, conv2, bn2, conv3, bn3, downsample } = this;
      if (conv3 instanceof FusedConv2d)
        return conv3.forward(chain(x, conv1, conv2), downsample?.forward(x) ?? x);
      const branch = chain(x, conv1, bn1, relu, conv2, bn2, relu, conv3, bn3);
      return relu.forward(ops.add_(branch, downsample?.forward(x) ?? x));
    });
  }

  toInferenceForm(): void {
    const convs = [this.conv1, this.conv2, this.conv3] as const;
    const fused = withReluInside(convs, [this.bn1, this.bn2, this.bn3]);
    if (fused) [this.conv1, this.conv2, this.conv3] = fused;
  }
}

/**
 * ResNet and ResNeXt with torchvision's parameter names.
 *
 * Source: He et al., "Deep residual learning for image recognition", 2015; Xie et al., "Aggregated residual transformations
 * for deep neural networks", 2016.
 */
export class ResNetEncoder extends Encoder implements HasInferenceForm {
  conv1: Conv2d | FusedConv2d;
  bn1: TensorModule = new BatchNorm2d(64);
  relu: TensorModule = new ReLUInPlace();
  maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
  layer1: BlockSequence;
  layer2: BlockSequence;
  layer3: BlockSequence;
  layer4: BlockSequence;

  constructor(variant: ResNetVariant, settings: EncoderSettings) {
    const expansion = variant.block === 'basic' ? 1 : 4;
    super(settings, [3, 64, ...[64, 128, 256, 512].map((planes) => planes * expansion)]);
    const first = new Conv2d(settings.inChannels, 64, 7, { stride: 2, padding: 3, bias: false });
    this.conv1 = first;
    const Block = variant.block === 'basic' ? BasicBlock : Bottleneck;
    const { groups = 1, widthPerGroup = 64 } = variant;
    let inChannels = 64;
    const stage = (planes: number, blocks: number, stride: number, rate: number) => {
      const made = Array.from({ length: blocks }, (_, i) => {
        const common = { planes, rate, groups, widthPerGroup };
        const block = new Block({ ...common, inChannels, stride: i === 0 ? stride : 1 });
        inChannels = planes * expansion;
        return block;
      });
      return new BlockSequence(...made);
    };
    const [one, two, three, four] = variant.layers;
    this.layer1 = stage(64, one, 1, 1);
    this.layer2 = stage(128, two, 2, 1);
    this.layer3 = stage(256, three, 2, dilationRate(16, settings.outputStride));
    this.layer4 = stage(512, four, 2, dilationRate(32, settings.outputStride));
    this.idleModules = ['layer1', 'layer2', 'layer3', 'layer4'].slice(settings.depth - 1);
    fanOutNormal(this, settings.inChannels === 3 ? undefined : first);
  }

  get encoderStages(): EncoderStages {
    const stem = ['conv1', 'bn1'];
    return [
      stageSteps(this, 'layer1', { stem }),
      ...['layer2', 'layer3', 'layer4'].map((layer) => stageSteps(this, layer)),
    ].slice(0, Math.max(1, this.depth - 1));
  }

  override forward(images: Tensor): Tensor[] {
    return scope(() => {
      const features = [images, chain(images, this.conv1, this.bn1, this.relu)];
      if (this.depth >= 2) features.push(chain(features[1]!, this.maxpool, this.layer1));
      for (const layer of [this.layer2, this.layer3, this.layer4].slice(0, Math.max(0, this.depth - 2)))
        features.push(layer.forward(features.at(-1)!));
      return features;
    });
  }

  toInferenceForm(): void {
    const fused = withReluInside([this.conv1] as const, [this.bn1]);
    if (!fused) return;
    [this.conv1] = fused;
    this.relu = new Identity();
  }
}
