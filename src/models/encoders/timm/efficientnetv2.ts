import { ops, scope, type Tensor } from '../../../engine/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  DropPath,
  Module,
  Sequential,
  SiLU,
  type TensorModule,
} from '../../../nn/index.ts';
import { BlockSequence } from '../../block-sequence.ts';
import { chain } from '../../chain.ts';
import { type EncoderStages, stageSteps } from '../../image-encoder.ts';
import type { EncoderSettings } from '../encoder.ts';
import { groupedFanOutNormal } from '../initialization.ts';
import { SamePaddingConv2d } from '../same-padding.ts';
import type { EfficientNetV2Variant, StageRow } from './efficientnetv2-variants.ts';
import { TimmEncoder } from './encoder.ts';

interface BlockSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  readonly dilation: number;
  readonly expansion: number;
  readonly dropPath: number;
  readonly tensorflow: boolean;
}

/** Batch norm and, where asked, SiLU: timm keeps both in one module. */
class NormAct extends BatchNorm2d {
  readonly #active: boolean;

  constructor(channels: number, tensorflow: boolean, { active = true } = {}) {
    super(channels, { eps: tensorflow ? 1e-3 : 1e-5 });
    this.#active = active;
  }

  override forward(x: Tensor): Tensor {
    return this.#active ? scope(() => ops.silu(super.forward(x))) : super.forward(x);
  }

  override afterFolding(): Module {
    return this.#active ? new SiLU() : super.afterFolding();
  }
}

function conv3x3(
  inChannels: number,
  outChannels: number,
  {
    stride,
    dilation,
    tensorflow,
    groups = 1,
  }: { stride: number; dilation: number; tensorflow: boolean; groups?: number },
): Conv2d {
  const options = { stride, dilation, groups, bias: false };
  if (tensorflow && stride > 1) return new SamePaddingConv2d(inChannels, outChannels, 3, options);
  return new Conv2d(inChannels, outChannels, 3, { ...options, padding: dilation });
}

const conv1x1 = (inChannels: number, outChannels: number) => {
  return new Conv2d(inChannels, outChannels, 1, { bias: false });
};

/** A branch that is added to its input where their shapes agree. */
abstract class ResidualBlock extends Module {
  drop_path: DropPath | undefined;

  constructor({ stride, inChannels, outChannels, dropPath }: BlockSettings) {
    super();
    if (stride === 1 && inChannels === outChannels) this.drop_path = new DropPath(dropPath);
  }

  abstract branch(): readonly TensorModule[];

  forward(x: Tensor): Tensor {
    return scope(() => {
      const result = chain(x, ...this.branch());
      return this.drop_path ? ops.add(this.drop_path.forward(result), x) : result;
    });
  }
}

class ConvBnAct extends ResidualBlock {
  conv: Conv2d;
  bn1: NormAct;

  constructor(settings: BlockSettings) {
    super(settings);
    this.conv = conv3x3(settings.inChannels, settings.outChannels, settings);
    this.bn1 = new NormAct(settings.outChannels, settings.tensorflow);
  }

  branch(): readonly TensorModule[] {
    return [this.conv, this.bn1];
  }
}

/** A 3×3 expansion and a 1×1 projection. */
class EdgeResidual extends ResidualBlock {
  conv_exp: Conv2d;
  bn1: NormAct;
  conv_pwl: Conv2d;
  bn2: NormAct;

  constructor(settings: BlockSettings) {
    super(settings);
    const { inChannels, outChannels, expansion, tensorflow } = settings;
    const width = inChannels * expansion;
    this.conv_exp = conv3x3(inChannels, width, settings);
    this.bn1 = new NormAct(width, tensorflow);
    this.conv_pwl = conv1x1(width, outChannels);
    this.bn2 = new NormAct(outChannels, tensorflow, { active: false });
  }

  branch(): readonly TensorModule[] {
    return [this.conv_exp, this.bn1, this.conv_pwl, this.bn2];
  }
}

class SqueezeExcite extends Module {
  conv_reduce: Conv2d;
  conv_expand: Conv2d;

  constructor(channels: number, squeezed: number) {
    super();
    this.conv_reduce = new Conv2d(channels, squeezed, 1);
    this.conv_expand = new Conv2d(squeezed, channels, 1);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const pooled = ops.mean(x, { dim: [2, 3], keepdim: true });
      const hidden = ops.silu(this.conv_reduce.forward(pooled));
      return ops.mul(x, ops.sigmoid(this.conv_expand.forward(hidden)));
    });
  }
}

/** A 1×1 expansion, a depthwise convolution, squeeze and excitation, and a 1×1 projection. */
class InvertedResidual extends ResidualBlock {
  conv_pw: Conv2d;
  bn1: NormAct;
  conv_dw: Conv2d;
  bn2: NormAct;
  se: SqueezeExcite;
  conv_pwl: Conv2d;
  bn3: NormAct;

  constructor(settings: BlockSettings) {
    super(settings);
    const { inChannels, outChannels, expansion, tensorflow } = settings;
    const width = inChannels * expansion;
    this.conv_pw = conv1x1(inChannels, width);
    this.bn1 = new NormAct(width, tensorflow);
    this.conv_dw = conv3x3(width, width, { ...settings, groups: width });
    this.bn2 = new NormAct(width, tensorflow);
    this.se = new SqueezeExcite(width, Math.round(inChannels / 4));
    this.conv_pwl = conv1x1(width, outChannels);
    this.bn3 = new NormAct(outChannels, tensorflow, { active: false });
  }

  branch(): readonly TensorModule[] {
    return [this.conv_pw, this.bn1, this.conv_dw, this.bn2, this.se, this.conv_pwl, this.bn3];
  }
}

const blockKinds = { cn: ConvBnAct, er: EdgeResidual, ir: InvertedResidual };

/** A scale ends where the next stage strides, and at the end. */
function endsScale(stages: readonly StageRow[], index: number): boolean {
  return index === stages.length - 1 || stages[index + 1]![2] > 1;
}

class EfficientNetV2Features extends Module {
  conv_stem: Conv2d;
  bn1: NormAct;
  blocks: Sequential;
  readonly channels: readonly number[];
  readonly idleModules: readonly string[];
  /** Stages whose result is a map. */
  readonly #scaleStages: readonly number[];

  constructor(
    { stem, stages, tensorflow }: EfficientNetV2Variant,
    settings: EncoderSettings,
    scales: number,
  ) {
    super();
    this.conv_stem = conv3x3(settings.inChannels, stem, { stride: 2, dilation: 1, tensorflow });
    this.bn1 = new NormAct(stem, tensorflow);
    const total = stages.reduce((sum, [, repeats]) => sum + repeats, 0);
    let [inChannels, totalStride, dilation, count] = [stem, 2, 1, 0];
    const made = stages.map(([kind, repeats, firstStride, expansion, outChannels]) => {
      const blocks: ResidualBlock[] = [];
      for (let i = 0; i < repeats; i++, count++) {
        const strides = i === 0 && firstStride > 1;
        const held = strides && totalStride * firstStride > settings.outputStride;
        const stride = strides && !held ? firstStride : 1;
        totalStride *= stride;
        const dropPath = ((settings.dropPathRate ?? 0) * count) / total;
        const block = { inChannels, outChannels, stride, dilation, expansion, dropPath, tensorflow };
        blocks.push(new blockKinds[kind](block));
        // The block that does not stride keeps the dilation before it; those after it are dilated.
        if (held) dilation *= firstStride;
        inChannels = outChannels;
      }
      return new BlockSequence(...blocks);
    });
    this.blocks = new Sequential(...made);
    this.#scaleStages = Array.from(stages.keys())
      .filter((index) => endsScale(stages, index))
      .slice(0, scales);
    this.channels = this.#scaleStages.map((index) => stages[index]![4]);
    const last = this.#scaleStages.at(-1)!;
    this.idleModules = Array.from(stages.keys(), (index) => `blocks.${index}`).slice(last + 1);
    groupedFanOutNormal(this);
  }

  get encoderStages(): EncoderStages {
    // The map of half the size ends the first of these rows, which belong to the first stage.
    const ends = this.#scaleStages.length > 1 ? this.#scaleStages.slice(1) : this.#scaleStages;
    return ends.map((end, i) => {
      const rows = Array.from({ length: end + 1 }, (_, row) => row).slice(i === 0 ? 0 : ends[i - 1]! + 1);
      const steps = rows.flatMap((row) => stageSteps(this, `blocks.${row}`));
      return i === 0 ? [['conv_stem', 'bn1'], ...steps] : steps;
    });
  }

  forward(images: Tensor): Tensor[] {
    return scope(() => {
      let x = chain(images, this.conv_stem, this.bn1);
      const maps: Tensor[] = [];
      for (let i = 0; i <= this.#scaleStages.at(-1)!; i++) {
        const next = this.blocks[i]!.forward(x);
        if (!maps.includes(x)) x.dispose();
        x = next;
        if (this.#scaleStages.includes(i)) maps.push(x);
      }
      return maps;
    });
  }
}

/**
 * EfficientNetV2 with timm's parameter names.
 *
 * Source: Tan and Le, "EfficientNetV2: smaller models and faster training", 2021; `pytorch-image-models`.
 */
export function makeEfficientNetV2Encoder(
  variant: EfficientNetV2Variant,
  settings: EncoderSettings,
): TimmEncoder {
  return new TimmEncoder(settings, { startsAtQuarter: false }, (scales) => {
    return new EfficientNetV2Features(variant, settings, scales);
  });
}
