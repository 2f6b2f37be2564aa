import { expect, test } from 'vitest';
import { modelCatalog, modelNames } from '../../src/models/index.ts';
import { arpent } from './call.ts';

test('every network is listed with its parameters and cost', async () => {
  const entries = modelCatalog();
  expect(entries.map(({ name }) => name)).toEqual(modelNames());
  for (const { name, parameters, gmac } of entries) {
    expect([name, parameters! > 0, gmac! > 0]).toEqual([name, true, true]);
  }
  const { stdout } = await arpent('models', 'list', '--json');
  expect(JSON.parse(stdout)).toHaveLength(entries.length);
});

test('every source of weights has its licence, and only timm’s untrained networks have no source', () => {
  for (const { name, weights } of modelCatalog()) {
    expect([name, weights.length > 0]).toEqual([
      name,
      !name.startsWith('tu-efficientnetv2_') || name.includes('_rw_'),
    ]);
    for (const { repository, licence } of weights) expect([repository, licence]).not.toContain('');
  }
});

test('a network is shown with what there is to know of it', async () => {
  const { stdout } = await arpent('models', 'show', 'resnet34_unet', '--channels', '5');
  expect(stdout).toContain('resnet34_unet: 24,445,251 parameters, 5 channels, 19 classes');
  expect(stdout).toContain('reference: segmentation_models_pytorch');
  expect(stdout).toContain('cost: 31.94 GMAC');
  expect(stdout).toContain('smp-hub/resnet34.imagenet (encoder, BSD-3-Clause)');
  expect(stdout).toContain('encoder: encoder, stages of 4 + 4 + 6 + 3 steps');
  expect(stdout).toContain('  decoder: UnetDecoder');
  expect(stdout).not.toContain('BasicBlock');
  const deeper = await arpent('models', 'show', 'resnet34_unet', '--depth', '3');
  expect(deeper.stdout).toContain('      0: BasicBlock (73,984)');
  const intern = await arpent('models', 'show', 'upernet_internimage_t');
  expect(intern.stdout).toContain('OpenGVLab/InternImage (network, MIT)');
});

test('a word that no name contains is an error', async () => {
  const { code, stderr } = await arpent('models', 'list', 'resnot');
  expect(code).toBe(1);
  expect(stderr).toContain("there is no network called 'resnot'");
});
