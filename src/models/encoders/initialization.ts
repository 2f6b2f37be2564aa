import { BatchNorm2d, Conv2d, init, LayerNorm, LayerNorm2d, Linear, type Module } from '../../nn/index.ts';

function zeroBias(layer: { readonly bias: Parameters<typeof init.zeros_>[0] | null }): void {
  if (layer.bias !== null) init.zeros_(layer.bias);
}

/**
 * Kaiming's normal by fan-out for convolutions, as torchvision starts ResNet and MobileNet.
 *
 * @param adapted first convolution when it was replaced for another number of bands: the reference leaves its default start
 */
export function fanOutNormal(network: Module, adapted?: Conv2d): void {
  network.apply((layer) => {
    if (!(layer instanceof Conv2d) || layer === adapted) return;
    init.kaimingNormal_(layer.weight, { mode: 'fan_out', nonlinearity: 'relu' });
    zeroBias(layer);
  });
}

/** Normal with variance 2 / (kernel area · output channels / groups): how TensorFlow's EfficientNets start. */
export function groupedFanOutNormal(network: Module): void {
  network.apply((layer) => {
    if (!(layer instanceof Conv2d)) return;
    const { kernelSize, outChannels, groups } = layer;
    const fanOut = Math.floor((kernelSize[0] * kernelSize[1] * outChannels) / groups);
    init.normal_(layer.weight, 0, Math.sqrt(2 / fanOut));
    zeroBias(layer);
  });
}

/** Normal of standard deviation 0.02 for linear layers, cut at ±2, and for convolutions too where asked. */
export function truncatedNormal(network: Module, { convolutions }: { convolutions: boolean }): void {
  network.apply((layer) => {
    if (!(layer instanceof Linear) && !(convolutions && layer instanceof Conv2d)) return;
    init.truncNormal_(layer.weight, 0, 0.02);
    zeroBias(layer);
  });
}

/** The start of a decoder in `segmentation_models_pytorch`. */
export function initialiseDecoder(decoder: Module): void {
  decoder.apply((layer) => {
    if (layer instanceof Conv2d) {
      init.kaimingUniform_(layer.weight, { nonlinearity: 'relu' });
      zeroBias(layer);
    } else if (layer instanceof Linear) {
      init.xavierUniform_(layer.weight);
      zeroBias(layer);
    } else if (layer instanceof BatchNorm2d || layer instanceof LayerNorm || layer instanceof LayerNorm2d) {
      layer.resetParameters();
    }
  });
}

/** The start of a segmentation or classification head in `segmentation_models_pytorch`. */
export function initialiseHead(head: Module): void {
  head.apply((layer) => {
    if (!(layer instanceof Linear) && !(layer instanceof Conv2d)) return;
    init.xavierUniform_(layer.weight);
    zeroBias(layer);
  });
}
