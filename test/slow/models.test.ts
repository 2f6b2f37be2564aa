import { encoderNames, modelNames } from '../../src/models/index.ts';
import { type ContractEntry, networkContract } from '../models/contract.ts';

/**
 * Every network that `arpent models` lists stands under the whole contract. All of them take many hours
 * (`ARPENT_MODELS=.`); a part can be chosen by a pattern of names (`ARPENT_MODELS='^resnet.*_unet$' npx vitest run --config
 * vitest.slow.config.ts test/slow/models.test.ts`). Without a pattern every decoder, every encoder and every kind of published
 * network has its turn, but for the largest.
 */
const pattern = process.env.ARPENT_MODELS;

const tooLarge = /x8d|x16d|x32d|x48d|resnet152|b[67]_|mit_b5|large|efficientnetv2_l|window12/;
const smallest =
  /^(nvidia\/mit-b0|openmmlab\/upernet-(swin|convnext)-tiny|facebook\/mask2former-swin-tiny-ade-semantic)$/;

function isRepresentative(name: string): boolean {
  if (/^resnet18_|^(upernet|mask2former)_.*_(t|tiny)$/.test(name) || smallest.test(name)) return true;
  return encoderNames().some((encoder) => name === `${encoder}_unet`) && !tooLarge.test(name);
}

const wanted = (name: string) => (pattern ? new RegExp(pattern).test(name) : isRepresentative(name));

function entryOf(name: string): ContractEntry {
  const transformer = /mit|swin|segformer|convnext|internimage|mask2former/.test(name);
  const thorough = { thorough: true, learningRate: transformer ? 5e-4 : 5e-3 };
  if (name.endsWith('_pan')) return { ...thorough, size: [128, 128], sizes: [[128, 192]] };
  if (/[/]|^(upernet|mask2former)_/.test(name)) return { ...thorough, sizes: [[96, 70]] };
  return name.endsWith('_unet')
    ? {
        ...thorough,
        sizes: [
          [96, 64],
          [70, 58],
        ],
      }
    : thorough;
}

for (const name of modelNames().filter(wanted)) networkContract(name, entryOf(name));
