import { ops, scope, type Tensor } from '../../engine/index.ts';
import { BatchNorm2d, Conv2d, checkpoint, DropPath, Module, ModuleList, SiLU } from '../../nn/index.ts';
import { chain } from '../chain.ts';
import { type EncoderStages, stageSteps } from '../image-encoder.ts';
import { dilated, dilationRate, Encoder, type EncoderSettings } from './encoder.ts';
import { FixedSamePaddingConv2d } from './same-padding.ts';

/** Compound scaling of one EfficientNet. */
export interface EfficientNetVariant {
  readonly width: number;
  readonly depth: number;
  /** Image size it was designed for, which fixes the padding of strided convolutions. */
  readonly designSize: number;
  /** Index of the last block of each scale (strides 4, 8, 16, 32), as the reference has them. */
  readonly scaleEnds: readonly [number, number, number, number];
}

/** EfficientNets by the names of `segmentation_models_pytorch`. */
export const efficientNetVariants: Readonly<Record<string, EfficientNetVariant>> = {
  'efficientnet-b0': { width: 1, depth: 1, designSize: 224, scaleEnds: [2, 4, 8, 15] },
  'efficientnet-b1': { width: 1, depth: 1.1, designSize: 240, scaleEnds: [4, 7, 15, 22] },
  'efficientnet-b2': { width: 1.1, depth: 1.2, designSize: 260, scaleEnds: [4, 7, 15, 22] },
  'efficientnet-b3': { width: 1.2, depth: 1.4, designSize: 300, scaleEnds: [4, 7, 17, 25] },
  'efficientnet-b4': { width: 1.4, depth: 1.8, designSize: 380, scaleEnds: [5, 9, 21, 31] },
  'efficientnet-b5': { width: 1.6, depth: 2.2, designSize: 456, scaleEnds: [7, 12, 26, 38] },
  'efficientnet-b6': { width: 1.8, depth: 2.6, designSize: 528, scaleEnds: [8, 14, 30, 44] },
  'efficientnet-b7': { width: 2, depth: 3.1, designSize: 600, scaleEnds: [10, 17, 37, 54] },
};

// [repeats, kernel, stride, expansion, channels] of the seven stages of B0.
const stages = [
  [1, 3, 1, 1, 16],
  [2, 3, 2, 6, 24],
  [2, 5, 2, 6, 40],
  [3, 3, 2, 6, 80],
  [3, 5, 1, 6, 112],
  [4, 5, 2, 6, 192],
  [1, 3, 1, 6, 320],
] as const;

// Stages whose channels the maps of strides 4, 8, 16 and 32 have.
const featureStages = [1, 2, 4, 6];

/** Channels times a factor, to a multiple of eight and never more than a tenth below. */
export function roundChannels(channels: number, factor: number): number {
  const scaled = channels * factor;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}

interface BlockSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly expansion: number;
  readonly designSize: number;
  readonly rate: number;
  readonly dropPath: number;
}

function convolution(
  inChannels: number,
  outChannels: number,
  kernel: number,
  options: { stride?: number; groups?: number; designSize: number; rate: number },
): Conv2d {
  const { stride = 1, groups = 1, designSize, rate } = options;
  if (rate === 1)
    return new FixedSamePaddingConv2d(inChannels, outChannels, kernel, {
      stride,
      groups,
      designSize,
      bias: false,
    });
  return new Conv2d(inChannels, outChannels, kernel, { ...dilated(rate, kernel, {}), groups, bias: false });
}

const norm = (channels: number) => new BatchNorm2d(channels, { eps: 1e-3, momentum: 0.01 });

/** Inverted residual with squeeze and excitation. */
class MBConvBlock extends Module {
  _expand_conv: Conv2d | undefined;
  _bn0: BatchNorm2d | undefined;
  _depthwise_conv: Conv2d;
  _bn1: BatchNorm2d;
  _se_reduce: Conv2d;
  _se_expand: Conv2d;
  _project_conv: Conv2d;
  _bn2: BatchNorm2d;
  _swish = new SiLU();
  drop_path: DropPath | undefined;

  constructor(settings: BlockSettings) {
    super();
    const { inChannels, outChannels, kernel, stride, expansion, designSize, rate, dropPath } = settings;
    const width = inChannels * expansion;
    if (expansion !== 1) {
      this._expand_conv = convolution(inChannels, width, 1, { designSize, rate });
      this._bn0 = norm(width);
    }
    this._depthwise_conv = convolution(width, width, kernel, { stride, groups: width, designSize, rate });
    this._bn1 = norm(width);
    const squeezed = Math.max(1, Math.floor(inChannels * 0.25));
    this._se_reduce = new Conv2d(width, squeezed, 1, dilated(rate, 1, {}));
    this._se_expand = new Conv2d(squeezed, width, 1, dilated(rate, 1, {}));
    this._project_conv = convolution(width, outChannels, 1, {
      designSize: Math.ceil(designSize / stride),
      rate,
    });
    this._bn2 = norm(outChannels);
    if (stride === 1 && inChannels === outChannels) this.drop_path = new DropPath(dropPath);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const { _expand_conv, _bn0, _swish } = this;
      const expanded = _expand_conv && _bn0 ? chain(x, _expand_conv, _bn0, _swish) : x;
      const spread = chain(expanded, this._depthwise_conv, this._bn1, _swish);
      if (expanded !== x) expanded.dispose();
      const pooled = ops.adaptiveAvgPool2d(spread, [1, 1]);
      const gate = ops.sigmoid(chain(pooled, this._se_reduce, _swish, this._se_expand));
      const gated = ops.mul(gate, spread);
      spread.dispose();
      const branch = chain(gated, this._project_conv, this._bn2);
      return this.drop_path ? ops.add(this.drop_path.forward(branch), x) : branch;
    });
  }
}

/**
 * EfficientNet B0 to B7 with the parameter names of `efficientnet-pytorch`.
 *
 * Strided convolutions keep the uneven padding of the design size, as the reference does. Source: Tan and Le, "EfficientNet:
 * rethinking model scaling for convolutional neural networks", 2019.
 */
export class EfficientNetEncoder extends Encoder {
  _conv_stem: Conv2d;
  _bn0: BatchNorm2d;
  _blocks: ModuleList<MBConvBlock>;
  _conv_head: Conv2d;
  _bn1: BatchNorm2d;
  _swish = new SiLU();
  /** Index of the last block of each scale. */
  readonly #featureBlocks: readonly number[];

  constructor(variant: EfficientNetVariant, settings: EncoderSettings) {
    const width = (channels: number) => roundChannels(channels, variant.width);
    const repeats = stages.map(([repeat]) => Math.ceil(variant.depth * repeat));
    super(settings, [3, width(32), ...featureStages.map((stage) => width(stages[stage]![4]))], {
      minDepth: 2,
    });
    let designSize = variant.designSize;
    const stem = { stride: 2, designSize, bias: false };
    this._conv_stem = new FixedSamePaddingConv2d(settings.inChannels, width(32), 3, stem);
    this._bn0 = norm(width(32));
    designSize = Math.ceil(designSize / 2);
    const total = repeats.reduce((sum, repeat) => sum + repeat, 0);
    const blocks: MBConvBlock[] = [];
    let inChannels = width(32);
    for (const [stage, [, kernel, firstStride, expansion, channels]] of stages.entries()) {
      for (let i = 0; i < repeats[stage]!; i++) {
        const stride = i === 0 ? firstStride : 1;
        const dropPath = ((settings.dropPathRate ?? 0.2) * blocks.length) / total;
        const outChannels = width(channels);
        const rate = this.#rate(blocks.length, variant, settings.outputStride);
        const block = { inChannels, outChannels, kernel, stride, expansion, designSize, rate, dropPath };
        blocks.push(new MBConvBlock(block));
        designSize = Math.ceil(designSize / stride);
        inChannels = outChannels;
      }
    }
    this._blocks = new ModuleList(blocks);
    this._conv_head = new Conv2d(inChannels, width(1280), 1, { bias: false });
    this._bn1 = norm(width(1280));
    this.#featureBlocks = variant.scaleEnds.slice(0, settings.depth - 1);
    const last = this.#featureBlocks.at(-1)!;
    const idleBlocks = Array.from(blocks.keys()).filter((block) => block > last);
    this.idleModules = ['_conv_head', '_bn1', ...idleBlocks.map((block) => `_blocks.${block}`)];
  }

  // The reference draws the borders of dilated stages at the ends of scales.
  #rate(block: number, { scaleEnds }: EfficientNetVariant, outputStride: number): number {
    if (block > scaleEnds[2]) return dilationRate(32, outputStride);
    return block > scaleEnds[1] ? dilationRate(16, outputStride) : 1;
  }

  get encoderStages(): EncoderStages {
    const ends = this.#featureBlocks.map((block) => block + 1);
    return ends.map((end, i) => {
      const stem = i === 0 ? { stem: ['_conv_stem', '_bn0'] } : {};
      return stageSteps(this, '_blocks', stem, [ends[i - 1] ?? 0, end]);
    });
  }

  override forward(images: Tensor): Tensor[] {
    return scope(() => {
      let x = chain(images, this._conv_stem, this._bn0, this._swish);
      const features = [images, x];
      for (let i = 0; i <= this.#featureBlocks.at(-1)!; i++) {
        const next = checkpoint((input) => this._blocks[i]!.forward(input), x);
        if (!features.includes(x)) x.dispose();
        x = next;
        if (this.#featureBlocks.includes(i)) features.push(x);
      }
      return features;
    });
  }
}
