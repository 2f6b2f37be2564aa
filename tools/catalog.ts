/**
 * `node --import tsx tools/catalog.ts [--all]`: measures every network that src/models/catalog.gen.ts lacks, or all of them
 * (trainable parameters, multiply-accumulates for one 512 × 512 image, 3 bands, 19 classes). The file is written after each
 * network, so an interrupted run goes on where it stopped.
 *
 * Convolutions cost as much as there are pixels and global attention their square, so two or three small sizes tell the cost at 512.
 * Windows are padded, hence Swin is run at 512 itself. Weights are zeros: nothing here depends on numbers.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { noGrad, scope, setNumThreads, zeros } from '../src/engine/index.ts';
import { measuredNetworks } from '../src/models/catalog.gen.ts';
import { countMultiplications } from '../src/models/count-multiplications.ts';
import { modelNames, type SegmentationNetwork } from '../src/models/index.ts';
import { createZeroModel } from '../src/models/zero-weights.ts';

function multiplications(network: SegmentationNetwork, side: number): number {
  const images = zeros([1, 3, side, side]);
  return countMultiplications(() => noGrad(() => scope(() => network.outputs(images))));
}

/** The value at `x` of the line or parabola through two or three points. */
function extrapolate(points: readonly (readonly [number, number])[], x: number): number {
  return points.reduce((sum, [xi, yi]) => {
    const others = points.filter(([xj]) => xj !== xi);
    return sum + others.reduce((term, [xj]) => (term * (x - xj)) / (xi - xj), yi);
  }, 0);
}

function at512(network: SegmentationNetwork, name: string): number {
  if (/swin|mask2former/.test(name)) return multiplications(network, 512);
  // Attention over all places, or a map too small to be halved further, asks for more or larger sizes.
  const small = /mit|segformer|manet/.test(name) ? [64, 128, 192] : [64, 128];
  const sides = name.endsWith('_pan') ? small.map((side) => side + 64) : small;
  return extrapolate(
    sides.map((side) => [side ** 2, multiplications(network, side)]),
    512 ** 2,
  );
}

function measure(name: string): [parameters: number, gmac: number] {
  return scope(() => {
    const network = createZeroModel({ name, inChannels: 3, classes: 19 });
    const parameters = network.parameterCount({ trainableOnly: true }) / 1e6;
    const gmac = at512(network, name) / 1e9;
    // One network of each kind tells that the curve fits.
    if (['mit_b0_unet', 'resnet18_manet', 'resnet18_deeplabv3plus'].includes(name)) {
      const exact = multiplications(network, 512) / 1e9;
      if (Math.abs(exact - gmac) > 1e-9 * exact)
        throw new Error(`${name}: ${gmac} GMAC predicted, ${exact} counted`);
    }
    network.dispose();
    return [Number(parameters.toFixed(2)), Number(gmac.toPrecision(4))];
  });
}

const file = new URL('../src/models/catalog.gen.ts', import.meta.url);

function write(known: ReadonlyMap<string, readonly number[]>): void {
  const rows = modelNames().flatMap((name) => {
    const measured = known.get(name);
    return measured ? [`  '${name}': [${measured.join(', ')}],`] : [];
  });
  const text = `// Written by tools/catalog.ts: millions of parameters and GMAC at 512 × 512, for 3 bands and 19 classes.
export const measuredNetworks: Readonly<Record<string, readonly [parameters: number, gmac: number]>> = {
${rows.join('\n')}
};
`;
  const partial = new URL(`${file.href}.partial-${process.pid}`);
  writeFileSync(partial, text);
  renameSync(partial, file);
}

// Many small products: threads would spend more time waiting for each other than working.
setNumThreads(1);
const known = new Map<string, readonly number[]>(
  process.argv.includes('--all') ? [] : Object.entries(measuredNetworks),
);
for (const name of modelNames().filter((each) => !known.has(each))) {
  const measured = measure(name);
  known.set(name, measured);
  write(known);
  console.log(`${name} ${measured.join(' M, ')} GMAC`);
}
console.log(`${known.size} networks known, of ${modelNames().length}`);
