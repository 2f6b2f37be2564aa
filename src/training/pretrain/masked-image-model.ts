import { noGrad, ops, scope, type Tensor, zeros } from '../../engine/index.ts';
import { type ImageEncoder, ModelOptionError, type SegmentationNetwork } from '../../models/index.ts';
import { Conv2d, Module, type Parameter, parameter } from '../../nn/index.ts';

/** Side of the image that tells an encoder's stride, in pixels; every encoder takes it. */
const PROBE = 64;

/**
 * An encoder that learns to fill in hidden squares of images: what is hidden has one learnt colour, and a 1×1
 * convolution on the deepest map with a pixel shuffle predicts all pixels.
 *
 * Xie et al., "SimMIM: a simple framework for masked image modeling", 2022 (random squares of 32 pixels, 60 % of them, a
 * one-layer head, L1 on hidden pixels alone). SimMIM hides tokens of a transformer; here pixels are hidden, so that
 * convolutional encoders learn in the same way. Their kernels smear the hidden squares' borders from layer to layer,
 * which SparK (Tian et al., 2023) avoids with sparse convolutions and this does not.
 */
export class MaskedImageModel extends Module {
  readonly encoder: ImageEncoder;
  readonly mask_token: Parameter;
  readonly decoder: Conv2d;
  /** Pixels of the image for one place of the deepest map. */
  readonly stride: number;
  readonly #inChannels: number;
  readonly #encoderPath: string;

  /**
   * Takes the encoder out of a network; the rest of the network is freed.
   *
   * @throws ModelOptionError when the network has no encoder
   */
  constructor(network: SegmentationNetwork) {
    super();
    const { imageEncoder: encoder, encoderPath, inChannels, modelName } = network;
    if (encoder === null) {
      throw new ModelOptionError(`${modelName} has no encoder to pre-train`, {
        remedy: 'choose an encoder or a network that `arpent models` lists',
      });
    }
    for (const [name, value] of [...network.namedParameters(), ...network.namedBuffers()]) {
      if (!name.startsWith(`${encoderPath}.`)) value.dispose();
    }
    this.encoder = encoder;
    this.mask_token = parameter(zeros([1, inChannels, 1, 1]));
    const [channels, side] = noGrad(() =>
      scope(() => {
        encoder.eval();
        const map = encoder.forward(zeros([1, inChannels, PROBE, PROBE])).at(-1)!;
        return [map.size(1), map.size(2)];
      }),
    );
    this.stride = PROBE / side!;
    this.decoder = new Conv2d(channels!, this.stride ** 2 * inChannels, 1);
    this.#inChannels = inChannels;
    this.#encoderPath = encoderPath;
    this.train();
  }

  /** The image with its hidden pixels in the learnt colour. @param masks `[N, 1, H, W]`, 1 where hidden */
  hide(images: Tensor, masks: Tensor): Tensor {
    return scope(() => ops.add(images, ops.mul(ops.sub(this.mask_token, images), masks)));
  }

  /**
   * All pixels, predicted from those that are not hidden.
   *
   * @param images `[N, C, H, W]`, height and width multiples of {@link stride}
   * @param masks `[N, 1, H, W]`, 1 where hidden
   * @returns `[N, C, H, W]`
   */
  forward(images: Tensor, masks: Tensor): Tensor {
    return scope(() => {
      const map = this.encoder.forward(this.hide(images, masks)).at(-1)!;
      return ops.pixelShuffle(this.decoder.forward(map), this.stride);
    });
  }

  /** Mean absolute error over the bands of the hidden pixels. */
  loss(images: Tensor, masks: Tensor, predicted: Tensor): Tensor {
    return scope(() => {
      const error = ops.mul(ops.abs(ops.sub(predicted.to({ dtype: 'float32' }), images)), masks);
      return ops.div(ops.sum(error), ops.mul(ops.sum(masks), this.#inChannels));
    });
  }

  /** The encoder's tensors under the names they have in the segmentation network it came from. */
  encoderState(): ReturnType<Module['stateDict']> {
    const state = this.encoder.stateDict();
    return new Map(Array.from(state, ([name, value]) => [`${this.#encoderPath}.${name}`, value]));
  }
}
