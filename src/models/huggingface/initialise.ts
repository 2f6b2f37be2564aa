import { Conv2d, Embedding, init, Linear, type Module } from '../../nn/index.ts';

/** Starts a network as its reference does: convolutions, linear layers and embeddings from N(0, std²), biases zero. */
export function initialiseNormal(network: Module, std = 0.02): void {
  network.apply((layer) => {
    if (layer instanceof Embedding) init.normal_(layer.weight, 0, std);
    if (!(layer instanceof Linear) && !(layer instanceof Conv2d)) return;
    init.normal_(layer.weight, 0, std);
    if (layer.bias !== null) init.zeros_(layer.bias);
  });
}
