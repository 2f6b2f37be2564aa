import { expect, it } from 'vitest';
import { settleNorms } from '../../test/models/settle-norms.ts';
import { inferenceMode, isTorchAtLeast, manualSeed, ops, randn, scope } from '../engine/index.ts';
import { createModel } from '../models/index.ts';
import { packableConvolutions, prepareNetwork } from './prepare-network.ts';

it.each(['resnet18_unet', 'resnet18_upernet', 'openmmlab/upernet-swin-tiny', 'upernet_swin_tiny'])(
  '%s, folded, fused and packed, gives the same but for rounding',
  (name) => {
    scope(() => {
      manualSeed(1);
      const network = createModel({ name, inChannels: 3, classes: 5 });
      const images = randn([2, 3, 64, 96]);
      settleNorms(network, images);
      const forward = () => inferenceMode(() => network.forward(images));
      const before = forward();
      prepareNetwork(network, { device: 'cpu', dtype: 'float32', fold: true });
      const convolutions = packableConvolutions(network, 'cpu');
      // libtorch 1.13 convolves quickest as it is.
      expect(convolutions.length > 0).toBe(isTorchAtLeast(2));
      for (const convolution of convolutions) convolution.pack();
      const off = ops.amax(ops.abs(ops.sub(forward(), before))).item() / ops.amax(ops.abs(before)).item();
      expect(off).toBeGreaterThan(0);
      expect(off).toBeLessThan(1e-5);
      network.dispose();
    });
  },
);
