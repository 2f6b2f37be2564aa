import { describe, expect, it } from 'vitest';
import { manualSeed } from '../../engine/index.ts';
import { float32Values, type RawTensor, rawArray, type StateDict } from '../../weights/index.ts';
import { createEncoder } from '../encoders/index.ts';
import { createEncoderDecoder } from './create.ts';
import { defaultTag, weightSources } from './encoder-weight-sources.ts';
import { loadEncoderState, loadEncoderWeights, underEncoderNames } from './encoder-weights.ts';

const settings = { inChannels: 3, depth: 5, outputStride: 32 };
const one = (value: number): RawTensor => rawArray('float32', [1], new Float32Array([value]));

/** The state dict of an encoder, under the names a classification network has. */
function classifier(encoder: string, rename = (key: string) => key): StateDict {
  manualSeed(3);
  const made = createEncoder(encoder, settings);
  const state = new Map(Array.from(made.stateDict(), ([key, tensor]) => [rename(key), tensor]));
  made.dispose();
  return state;
}

describe('weights of classification networks', () => {
  it('go into the encoder; classifiers are left out and other bands follow smp’s rule', () => {
    const state = classifier('resnet18').set('fc.weight', one(0)).set('fc.bias', one(0));
    const network = createEncoderDecoder({ encoder: 'resnet18', decoder: 'unet', inChannels: 5, classes: 2 });
    const report = loadEncoderState(network, state);
    expect(report).toMatchObject({ missing: [], unexpected: [], reinitialised: [] });
    expect(report.adapted).toEqual([{ key: 'encoder.conv1.weight', published: 3, here: 5, rule: 'cycle' }]);
    const [before, after] = [float32Values(state.get('conv1.weight')!), network.encoder.stateDict()];
    const kernel = float32Values(after.get('conv1.weight')!);
    // Filter 0, band 3 takes band 0, scaled by 3 / 5.
    for (let cell = 0; cell < 49; cell++) expect(kernel[3 * 49 + cell]).toBeCloseTo(before[cell]! * 0.6, 6);
    const deep = 'layer4.1.conv2.weight';
    expect(Buffer.compare(after.get(deep)!.data, state.get(deep)!.data)).toBe(0);
    network.dispose();
  });

  it('of timm are found under its names', () => {
    const state = classifier('tu-convnext_tiny', (key) =>
      key.replace(/^model\./, '').replace(/^(stem|stages)_(\d)/, '$1.$2'),
    ).set('head.norm.weight', one(0));
    expect([...state.keys()]).toContain('stages.1.downsample.0.weight');
    const network = createEncoderDecoder({ encoder: 'tu-convnext_tiny', decoder: 'unet', classes: 2 });
    expect(loadEncoderState(network, state)).toMatchObject({ missing: [], unexpected: [], adapted: [] });
    network.dispose();
  });

  it('of older Swin transformers begin a stage with the merging that ended the one before', () => {
    const state = underEncoderNames(
      new Map([
        ['layers.0.downsample.norm.weight', one(1)],
        ['layers.1.blocks.0.norm1.weight', one(2)],
        ['norm.weight', one(3)],
        ['head.weight', one(4)],
      ]),
      true,
    );
    expect([...state.keys()]).toEqual([
      'encoder.model.layers_1.downsample.norm.weight',
      'encoder.model.layers_1.blocks.0.norm1.weight',
    ]);
  });

  it('keep norms of encoders that are called like a classifier’s', () => {
    const state = underEncoderNames(
      new Map([
        ['norm1.weight', one(1)],
        ['bn1.weight', one(1)],
      ]),
      false,
    );
    expect([...state.keys()]).toEqual(['encoder.norm1.weight', 'encoder.bn1.weight']);
  });
});

describe('published weights', () => {
  it('have a repository, a licence and a default', () => {
    expect(weightSources('resnet34')).toEqual([
      { tag: 'imagenet', repository: 'smp-hub/resnet34.imagenet', licence: 'BSD-3-Clause' },
    ]);
    const convnext = weightSources('tu-convnext_tiny.fb_in22k');
    expect(defaultTag('tu-convnext_tiny.fb_in22k', convnext)).toBe('fb_in22k');
    expect(defaultTag('tu-convnext_tiny', convnext)).toBe('in12k_ft_in1k');
  });

  it('that do not exist are refused with those that do', async () => {
    const network = createEncoderDecoder({ encoder: 'resnet18', decoder: 'linknet', classes: 2 });
    await expect(loadEncoderWeights(network, 'resnet18', 'advprop')).rejects.toThrow(/imagenet, ssl, swsl/);
    network.dispose();
  });
});
