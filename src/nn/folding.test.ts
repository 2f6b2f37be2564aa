import { describe, expect, it } from 'vitest';
import { inferenceMode, manualSeed, noGrad, ops, randn, scope, type Tensor } from '../engine/index.ts';
import { Sequential } from './containers.ts';
import { foldBatchNorm } from './folding.ts';
import { normal_, uniform_ } from './init.ts';
import { BatchNorm2d, Conv2d, ConvTranspose2d, Identity, ReLU } from './layers/index.ts';
import { Module } from './module.ts';

/** A normalisation with an activation of its own. */
class ActiveNorm extends BatchNorm2d {
  override forward(x: Tensor): Tensor {
    return ops.relu(super.forward(x));
  }

  override afterFolding(): Module {
    return new ReLU();
  }
}

/** Four foldable pairs, one whose convolution has another reader, one normalisation without convolution before it. */
class Network extends Module {
  readonly first = new Sequential(new Conv2d(3, 8, 3, { bias: false }), new BatchNorm2d(8), new ReLU());
  readonly conv = new Conv2d(8, 8, 3, { groups: 2, padding: 1 });
  readonly norm = new BatchNorm2d(8, { eps: 1e-3 });
  readonly read = new Conv2d(8, 8, 1);
  readonly readNorm = new BatchNorm2d(8);
  readonly enlarge = new ConvTranspose2d(8, 6, 4, { stride: 2, padding: 1 });
  readonly enlargeNorm = new BatchNorm2d(6);
  readonly narrow = new Conv2d(6, 8, 1, { bias: false });
  readonly active = new ActiveNorm(8);
  readonly lone = new BatchNorm2d(8, { affine: false });

  forward(x: Tensor): Tensor {
    return scope(() => {
      const a = this.norm.forward(this.conv.forward(this.first.forward(x)));
      const b = this.read.forward(a);
      const c = this.enlargeNorm.forward(
        this.enlarge.forward(ops.add(this.readNorm.forward(b), ops.relu(b))),
      );
      return this.lone.forward(this.active.forward(this.narrow.forward(c)));
    });
  }
}

function trained(): Network {
  manualSeed(2);
  const network = new Network();
  for (const [, module] of network.namedModules()) {
    if (!(module instanceof BatchNorm2d)) continue;
    normal_(module.running_mean);
    uniform_(module.running_var, 0.3, 3);
    if (module.weight) uniform_(module.weight, 0.5, 2);
    if (module.bias) normal_(module.bias);
  }
  return network.eval();
}

describe('folding batch norms', () => {
  const x = randn([2, 3, 12, 10]);

  it('leaves the outputs as they are', () => {
    const network = trained();
    const before = noGrad(() => network.forward(x)).toFloat32();
    expect(foldBatchNorm(network, () => network.forward(randn([1, 3, 8, 8])))).toBe(4);
    const after = inferenceMode(() => network.forward(x)).toFloat32();
    const largest = Math.max(...before.map((value, i) => Math.abs(value - after[i]!)));
    expect(largest).toBeLessThan(1e-5);
    expect(network.first[1]).toBeInstanceOf(Identity);
    expect(network.norm).toBeInstanceOf(Identity);
    expect(network.enlargeNorm).toBeInstanceOf(Identity);
    expect(network.active).toBeInstanceOf(ReLU);
    expect(network.readNorm).toBeInstanceOf(BatchNorm2d);
    expect(network.lone).toBeInstanceOf(BatchNorm2d);
  });

  it('leaves modules in the mode they were in', () => {
    const network = trained().train();
    foldBatchNorm(network, () => network.forward(x));
    expect(network.training).toBe(true);
  });

  it('does not fold a convolution that runs twice', () => {
    const conv = new Conv2d(4, 4, 1);
    const network = new Sequential(conv, new BatchNorm2d(4), conv, new BatchNorm2d(4));
    expect(foldBatchNorm(network, () => network.forward(randn([1, 4, 2, 2])))).toBe(0);
  });
});
