import { networkContract } from '../../test/models/contract.ts';

// A few networks here, so that `npm test` stays quick; test/slow/models.test.ts has every decoder and encoder.
const slim = { decoderChannels: [64, 32, 16, 16, 8] };

networkContract('resnet18_unet', {
  options: slim,
  sizes: [
    [32, 32],
    [96, 64],
    [70, 58],
  ],
  thorough: true,
});
networkContract('mit_b0_segformer', {
  options: { decoderSegmentationChannels: 64 },
  sizes: [[32, 96]],
  thorough: true,
});
networkContract('resnet18_unetplusplus', { options: slim });
networkContract('mobilenet_v2_manet', { options: slim });
networkContract('resnet18_linknet');
networkContract('resnet18_fpn', { options: { decoderPyramidChannels: 64, decoderSegmentationChannels: 32 } });
networkContract('resnet18_pspnet', { options: { pspOutChannels: 64 } });
networkContract('resnet18_deeplabv3', { options: { decoderChannels: 32 } });
networkContract('efficientnet-b0_deeplabv3plus', { options: { decoderChannels: 32 } });
networkContract('resnet18_pan', { size: [128, 128], sizes: [[128, 192]] });
networkContract('tu-convnext_tiny_upernet', { options: { decoderChannels: 64 } });
networkContract('tu-efficientnetv2_s_unet', { options: slim });
networkContract('tu-swin_tiny_patch4_window7_224_unet', { options: slim, sizes: [[224, 160]] });
