import { ops, scope, type Tensor } from '../../engine/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  checkpoint,
  Module,
  ReLU6,
  Sequential,
  type TensorModule,
} from '../../nn/index.ts';
import { type EncoderStages, stageSteps } from '../image-encoder.ts';
import { dilated, dilationRate, Encoder, type EncoderSettings } from './encoder.ts';
import { fanOutNormal } from './initialization.ts';

function convNormAct(
  inChannels: number,
  outChannels: number,
  kernel: number,
  { stride = 1, groups = 1, rate = 1 },
): Sequential {
  const geometry = dilated(rate, kernel, { stride, padding: (kernel - 1) / 2 });
  return new Sequential(
    new Conv2d(inChannels, outChannels, kernel, { ...geometry, groups, bias: false }),
    new BatchNorm2d(outChannels),
    new ReLU6(),
  );
}

class InvertedResidual extends Module {
  conv: Sequential;
  readonly #residual: boolean;

  constructor(inChannels: number, outChannels: number, { stride = 1, expansion = 1, rate = 1 }) {
    super();
    const width = inChannels * expansion;
    const layers: TensorModule[] = expansion === 1 ? [] : [convNormAct(inChannels, width, 1, { rate })];
    layers.push(
      convNormAct(width, width, 3, { stride, groups: width, rate }),
      new Conv2d(width, outChannels, 1, { ...dilated(rate, 1, {}), bias: false }),
      new BatchNorm2d(outChannels),
    );
    this.conv = new Sequential(...layers);
    this.#residual = stride === 1 && inChannels === outChannels;
  }

  forward(x: Tensor): Tensor {
    if (!this.#residual) return this.conv.forward(x);
    return scope(() => ops.add(x, this.conv.forward(x)));
  }
}

// [expansion, channels, repeats, stride] of each group of blocks.
const groupsOfBlocks = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

// Members of `features` after which a scale ends.
const scaleEnds = [1, 3, 6, 13, 18];

/**
 * MobileNetV2 with torchvision's parameter names.
 *
 * Source: Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", 2018.
 */
export class MobileNetV2Encoder extends Encoder {
  features: Sequential;

  constructor(settings: EncoderSettings) {
    super(settings, [3, 16, 24, 32, 96, 1280]);
    const rateOf = (stride: number) => (stride >= 16 ? dilationRate(stride, settings.outputStride) : 1);
    const stem = convNormAct(settings.inChannels, 32, 3, { stride: 2 });
    const layers: TensorModule[] = [stem];
    let inChannels = 32;
    let totalStride = 2;
    for (const [expansion, channels, repeats, firstStride] of groupsOfBlocks) {
      totalStride *= firstStride;
      for (let i = 0; i < repeats; i++) {
        const stride = i === 0 ? firstStride : 1;
        layers.push(
          new InvertedResidual(inChannels, channels, { stride, expansion, rate: rateOf(totalStride) }),
        );
        inChannels = channels;
      }
    }
    layers.push(convNormAct(inChannels, 1280, 1, { rate: rateOf(32) }));
    this.features = new Sequential(...layers);
    const last = scaleEnds[settings.depth - 1]!;
    this.idleModules = Array.from(layers.keys(), (i) => `features.${i}`).slice(last + 1);
    fanOutNormal(this, settings.inChannels === 3 ? undefined : (stem[0] as Conv2d));
  }

  get encoderStages(): EncoderStages {
    const ends = scaleEnds.slice(1, this.depth).map((end) => end + 1);
    return (ends.length > 0 ? ends : [scaleEnds[0]! + 1]).map((end, i) => {
      return stageSteps(this, 'features', {}, [ends[i - 1] ?? 0, end]);
    });
  }

  override forward(images: Tensor): Tensor[] {
    return scope(() => {
      const features = [images];
      let x = images;
      for (let i = 0; i <= scaleEnds[this.depth - 1]!; i++) {
        const next = checkpoint((input) => this.features[i]!.forward(input), x);
        if (!features.includes(x)) x.dispose();
        x = next;
        if (scaleEnds.includes(i)) features.push(x);
      }
      return features;
    });
  }
}
