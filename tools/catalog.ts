/**
 * `node --import tsx tools/catalog.ts`: measures every network (trainable parameters, multiply-accumulates for one 512 × 512
 * image, 3 bands, 19 classes) and writes src/models/catalog.gen.ts. Takes some minutes.
 */
import { writeFileSync } from 'node:fs';
import { noGrad, scope, zeros } from '../src/engine/index.ts';
import { countMultiplications } from '../src/models/count-multiplications.ts';
import { createModel, modelNames } from '../src/models/index.ts';

function measure(name: string): [parameters: number, gmac: number] {
  return scope(() => {
    const network = createModel({ name, inChannels: 3, classes: 19 }).to({ dtype: 'bfloat16' }).eval();
    const images = zeros([1, 3, 512, 512], { dtype: 'bfloat16' });
    const gmac = countMultiplications(() => noGrad(() => network.outputs(images))) / 1e9;
    const parameters = network.parameterCount({ trainableOnly: true }) / 1e6;
    network.dispose();
    return [Number(parameters.toFixed(2)), Number(gmac.toPrecision(4))];
  });
}

const rows = modelNames().map((name) => `  '${name}': [${measure(name).join(', ')}],`);
const text = `// Written by tools/catalog.ts: millions of parameters and GMAC at 512 × 512, for 3 bands and 19 classes.
export const measuredNetworks: Readonly<Record<string, readonly [parameters: number, gmac: number]>> = {
${rows.join('\n')}
};
`;
writeFileSync(new URL('../src/models/catalog.gen.ts', import.meta.url), text);
console.log(`${rows.length} networks measured`);
