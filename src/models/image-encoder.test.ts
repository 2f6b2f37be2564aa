import { describe, expect, it } from 'vitest';
import { withDevice } from '../engine/index.ts';
import { belongsTo, createModel, encoderNames, layerDepth, modelNames } from './index.ts';

const build = (name: string) => withDevice('meta', () => createModel({ name, classes: 2 }));

/** One network of every encoder. */
const networks = [
  ...encoderNames().map((encoder) => `${encoder}_unet`),
  ...modelNames().filter((name) => !/_(?!swin|internimage)[a-z0-9]+$/.test(name) || name.includes('/')),
  ...modelNames().filter((name) => /^(upernet|mask2former)_/.test(name)),
];

describe.each([...new Set(networks)])('the depth of %s', (name) => {
  const network = build(name);
  const stages = network.encoderStages;

  it('has four stages that hold every parameter of the encoder once', () => {
    expect(stages).toHaveLength(4);
    const idle = network.idleModules;
    const steps = stages.flat();
    for (const [parameter] of network.namedParameters()) {
      if (!parameter.startsWith(`${network.encoderPath}.`) || belongsTo(parameter, idle)) continue;
      expect([parameter, steps.filter((names) => belongsTo(parameter, names)).length]).toEqual([
        parameter,
        1,
      ]);
    }
  });

  it('gives every step a parameter, the head the last layer', () => {
    const names = Array.from(network.namedParameters(), ([parameter]) => parameter);
    const { layers, depthOf } = layerDepth(stages, 'block');
    const found = new Set(names.map(depthOf));
    expect([...found].sort((a, b) => a - b)).toEqual(Array.from({ length: layers + 1 }, (_, i) => i));
    expect(depthOf(names.at(-1)!)).toBe(layers);
    expect(layerDepth(stages, 'stage').layers).toBe(4);
  });
});

it('orders the blocks of a ResNet and of a Swin transformer', () => {
  expect(build('resnet18_unet').encoderStages[0]).toEqual([
    ['encoder.conv1', 'encoder.bn1'],
    ['encoder.layer1.0'],
    ['encoder.layer1.1'],
  ]);
  expect(build('tu-swin_tiny_patch4_window7_224_unet').encoderStages[1]).toEqual([
    ['encoder.model.layers_1.downsample', 'encoder.model.layers_1.blocks.0'],
    ['encoder.model.layers_1.blocks.1'],
  ]);
});
