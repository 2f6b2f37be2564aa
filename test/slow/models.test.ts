// About 40 minutes on two cores, reckoned from the times of single networks.
import type { Tensor } from '../../src/engine/index.ts';
import { ops } from '../../src/engine/index.ts';
import {
  Mask2FormerForUniversalSegmentation,
  modelNames,
  type SegmentationNetwork,
} from '../../src/models/index.ts';
import { type ContractEntry, networkContract } from '../models/contract.ts';
import { millions } from '../models/lean-contract.ts';
import { isDue } from '../models/record.ts';

/**
 * The whole contract for every decoder on the smallest encoder of every kind, and for the smallest of every kind of published
 * network; models-registered.test.ts has the least that holds for every name. Others can be chosen by a pattern of names
 * (`ARPENT_MODELS='^resnet.*_unet$' npx vitest run --config vitest.slow.config.ts test/slow/models.test.ts`; `.` is all of
 * them, about half a minute each up to 50 million parameters). With `ARPENT_CONTRACT_RECORD=test/slow/contract-passed.json` a run that was
 * broken off goes on where it was.
 */
const pattern = process.env.ARPENT_MODELS;

const smallestEncoders = [
  'resnet18',
  'efficientnet-b0',
  'mit_b0',
  'mobilenet_v2',
  'tu-convnext_tiny',
  'tu-tf_efficientnetv2_s',
  'tu-swin_tiny_patch4_window7_224',
];
const smallestPublished = [
  'nvidia/mit-b0',
  'openmmlab/upernet-swin-tiny',
  'openmmlab/upernet-convnext-tiny',
  'facebook/mask2former-swin-tiny-ade-semantic',
  'upernet_internimage_t',
  'upernet_swin_tiny',
  'mask2former_swin_tiny',
];

function isRepresentative(name: string): boolean {
  const published = smallestPublished.includes(name);
  return published || smallestEncoders.some((encoder) => /^[a-z0-9]+$/.test(after(name, `${encoder}_`)));
}

/** What follows a beginning; nothing when the name begins otherwise. */
function after(name: string, beginning: string): string {
  return name.startsWith(beginning) ? name.slice(beginning.length) : '';
}

/**
 * Mask2Former's queries look where their last mask is above one half. With fresh weights most masks are near one half, so
 * that a rounding changes what is looked at, here as in the reference: pixels' features are compared, the last that hang on
 * no such mask.
 */
function pixelFeatures(network: SegmentationNetwork, images: Tensor): Tensor {
  if (!(network instanceof Mask2FormerForUniversalSegmentation)) throw new Error('not a Mask2Former');
  const { embeddings, levels } = network.model.pixel_level_module.forward(images);
  return ops.cat([embeddings, ...levels].map((map) => ops.flatten(map).to({ dtype: 'float32' })));
}

function entryOf(name: string): ContractEntry {
  const transformer = /mit|swin|segformer|convnext|internimage|mask2former/.test(name);
  const settled = /efficientnetv2_(rw_)?[ml]_/.test(name);
  const thorough = { thorough: true, settled, learningRate: transformer ? 5e-4 : 5e-3 };
  if (/mask2former/.test(name)) {
    // Swin-L with a hundred queries comes to 0.596 of its first loss in 49 steps so; panoptic ones have two hundred.
    const learningRate = /swin.large(?!-coco)/.test(name) ? 3e-4 : 5e-4;
    return { ...thorough, learningRate, sizes: [[96, 70]], beforeThresholds: pixelFeatures };
  }
  if (name.endsWith('_pan')) return { ...thorough, size: [128, 128], sizes: [[128, 192]] };
  if (/[/]|^upernet_/.test(name)) return { ...thorough, sizes: [[96, 70]] };
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

const names = modelNames()
  .filter(
    (name) => (pattern ? new RegExp(pattern).test(name) : isRepresentative(name)) && isDue('full', name),
  )
  .sort((a, b) => millions(a) - millions(b));

for (const name of names) networkContract(name, entryOf(name));
