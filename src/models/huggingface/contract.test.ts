import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { networkContract } from '../../../test/models/contract.ts';

// Small networks of each kind, asked for by the folder of their config.json; test/slow has the published sizes.
const root = mkdtempSync(join(tmpdir(), 'arpent-configs-'));
afterAll(() => rmSync(root, { recursive: true }));

function configured(name: string, config: object): string {
  const folder = mkdtempSync(join(root, `${name}-`));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

const swin = {
  model_type: 'swin',
  embed_dim: 16,
  depths: [2, 2, 1, 1],
  num_heads: [1, 2, 2, 4],
  window_size: 4,
};
const segformer = {
  model_type: 'segformer',
  depths: [1, 1, 1, 1],
  hidden_sizes: [16, 32, 32, 32],
  num_attention_heads: [1, 2, 2, 2],
  decoder_hidden_size: 32,
};
const convnext = {
  model_type: 'convnext',
  hidden_sizes: [16, 24, 32, 48],
  depths: [1, 1, 2, 1],
  layer_scale_init_value: 1,
};
const upernet = (backbone: object) => ({
  model_type: 'upernet',
  backbone_config: backbone,
  hidden_size: 32,
  auxiliary_channels: 16,
});
const mask2former = {
  model_type: 'mask2former',
  backbone_config: swin,
  feature_size: 32,
  mask_feature_size: 32,
  hidden_dim: 32,
  encoder_layers: 1,
  decoder_layers: 3,
  num_attention_heads: 4,
  num_queries: 8,
};

const odd = [[70, 58]] as const;
networkContract(configured('segformer', segformer), { thorough: true, sizes: odd });
networkContract(configured('upernet-swin', upernet(swin)), { thorough: true, sizes: odd });
networkContract(configured('upernet-convnext', upernet(convnext)), { thorough: true });
// Its training objective is its own: mask2former/learning.test.ts trains it.
networkContract(configured('mask2former', mask2former), { sizes: odd });
