// The networks of the two ensembles: which file, and what differs from it. `small` is what stands for a network in the small run, which
// leaves out the networks without one.
const FIVE = [1, 2, 3, 4, 5];
const RAW = [3, 2, 1, 4, 5];
const epochs = (count, batch) => ({ training: { epochs: count, batch_size: batch } });
const encoder = (name) => ({ model: { encoder: name } });
const LEAST = { model: { encoder: 'mit_b0', encoder_weights: null }, optimizer: { learning_rate: 0.001 } };
const CONV = { optimizer: { learning_rate: 0.002 } };

/** By name: the YAML file, the bands whose statistics normalise (null: the file's own way), changes, changes in small. */
export const NETWORKS = {
  'unet-efficientnet': {
    ...{ file: 'convnet.yaml', statistics: null },
    changes: [
      { model: { name: 'unet', encoder: 'tu-tf_efficientnetv2_s' }, data: { channels: RAW } },
      epochs(15, 8),
    ],
    small: [CONV, { model: { encoder: 'mobilenet_v2', encoder_weights: null } }],
  },
  'unetpp-convnext': {
    ...{ file: 'convnet.yaml', statistics: null },
    changes: [{ data: { channels: RAW } }, epochs(7, 4)],
    small: [CONV, { model: { encoder: 'resnet18', encoder_weights: null } }],
  },
  'b0-five': {
    file: 'segformer.yaml',
    statistics: FIVE,
    changes: [encoder('mit_b0'), epochs(14, 8)],
    small: [LEAST],
  },
  'b1-five': { file: 'segformer.yaml', statistics: FIVE, changes: [encoder('mit_b1'), epochs(18, 3)] },
  b0: { file: 'segformer.yaml', statistics: [1, 2, 3], changes: [encoder('mit_b0'), epochs(39, 8)] },
  b1: { file: 'segformer.yaml', statistics: [1, 2, 3], changes: [encoder('mit_b1'), epochs(34, 3)] },
  b2: { file: 'segformer.yaml', statistics: [1, 2, 3], changes: [encoder('mit_b2'), epochs(28, 3)] },
  b3: { file: 'segformer.yaml', statistics: [1, 2, 3], changes: [encoder('mit_b3'), epochs(17, 3)] },
  b4: { file: 'segformer.yaml', statistics: [1, 2, 3], changes: [encoder('mit_b4'), epochs(15, 2)] },
  'alan-b0': {
    file: 'transformer.yaml',
    statistics: [1, 2, 3],
    changes: [encoder('mit_b0'), epochs(8, 8)],
    small: [LEAST],
  },
  'alan-b5': { file: 'transformer.yaml', statistics: [1, 2, 3], changes: [epochs(4, 8)] },
  'alan-b5-five': { file: 'transformer.yaml', statistics: FIVE, changes: [epochs(3, 8)] },
  'alan-b0-five': {
    file: 'transformer.yaml',
    statistics: FIVE,
    changes: [encoder('mit_b0'), epochs(4, 8)],
    small: [LEAST],
  },
  'alan-mask2former-large': {
    ...{ file: 'transformer.yaml', statistics: [1, 2, 3] },
    changes: [{ model: { name: 'facebook/mask2former-swin-large-ade-semantic' } }, epochs(4, 4)],
  },
  'alan-mask2former-base': {
    ...{ file: 'transformer.yaml', statistics: [1, 2, 3] },
    changes: [{ model: { name: 'facebook/mask2former-swin-base-ade-semantic' } }, epochs(4, 2)],
  },
};
