import { encoderNames } from '../../src/models/index.ts';
import { type ContractEntry, networkContract } from '../models/contract.ts';

// Every decoder on a small encoder, and every encoder but the largest on U-Net.
const slim = { decoderChannels: [64, 32, 16, 16, 8] };

const decoders: Readonly<Record<string, ContractEntry>> = {
  unet: {
    options: slim,
    sizes: [
      [32, 32],
      [70, 58],
    ],
  },
  unetplusplus: { options: slim },
  manet: { options: slim },
  linknet: {},
  fpn: { options: { decoderPyramidChannels: 64, decoderSegmentationChannels: 32 } },
  pspnet: { options: { pspOutChannels: 64 } },
  deeplabv3: { options: { decoderChannels: 32 } },
  deeplabv3plus: { options: { decoderChannels: 32 } },
  pan: { size: [128, 128], sizes: [[128, 192]] },
  upernet: { options: { decoderChannels: 32 } },
  segformer: { options: { decoderSegmentationChannels: 64 } },
};

for (const [decoder, entry] of Object.entries(decoders))
  networkContract(`resnet18_${decoder}`, { ...entry, thorough: true });

const tooLarge = /x8d|x16d|x32d|x48d|resnet152|b[67]$|mit_b5|large|efficientnetv2_l|window12/;

for (const encoder of encoderNames())
  if (!tooLarge.test(encoder)) networkContract(`${encoder}_unet`, { options: slim });
