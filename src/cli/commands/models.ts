import type { Command } from 'commander';
import { parseCount } from '../common-options.ts';

async function list(pattern: string | undefined, { json }: { json?: boolean }): Promise<void> {
  const { textTable } = await import('../../evaluation/index.ts');
  const { modelCatalog, nearestNetworks, UnknownModelError } = await import('../../models/index.ts');
  const wanted = (pattern ?? '').toLowerCase();
  const entries = modelCatalog().filter(({ name }) => name.toLowerCase().includes(wanted));
  if (json === true) {
    process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
    return;
  }
  if (entries.length === 0) throw new UnknownModelError('network', wanted, nearestNetworks(wanted));
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = entries.map(({ name, parameters, gmac, weights }) => [
    name,
    parameters?.toFixed(1) ?? '–',
    gmac?.toFixed(1) ?? '–',
    weights[0] ? `${weights[0].repository} (${weights[0].licence})` : '–',
  ]);
  const columns = [{ title: 'Network' }, right('M parameters'), right('GMAC 512²'), { title: 'Weights' }];
  process.stdout.write(`${textTable(columns, rows)}\n`);
}

async function show(
  name: string,
  { channels, classes, depth }: { channels: number; classes: number; depth: number },
): Promise<void> {
  const { withDevice } = await import('../../engine/index.ts');
  const { createModel, modelCatalog } = await import('../../models/index.ts');
  const { describeTree } = await import('../../nn/index.ts');
  const network = withDevice('meta', () => createModel({ name, inChannels: channels, classes }));
  const size = network.inputDivisor === 1 ? 'any size' : `sides in multiples of ${network.inputDivisor}`;
  const entry = modelCatalog().find((each) => each.name === name);
  const sources = entry?.weights.map(
    ({ repository, licence, part }) => `${repository} (${part}, ${licence})`,
  );
  const steps = network.encoderStages.map((stage) => stage.length);
  const lines = [
    `${name}: ${network.parameterCount().toLocaleString('en')} parameters, ${channels} channels, ` +
      `${classes} classes, ${size}`,
    ...(entry ? [`reference: ${entry.family}`] : []),
    ...(entry?.gmac === undefined
      ? []
      : [`cost: ${entry.gmac} GMAC for 512 × 512 pixels (3 channels, 19 classes)`]),
    ...(sources
      ? [`weights: ${sources.join(', ') || 'none are published; training starts from random ones'}`]
      : []),
    `encoder: ${network.encoderPath}, stages of ${steps.join(' + ')} steps (stem and blocks)`,
    describeTree(network, { depth }),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** `arpent models` and `arpent models show`. */
export function register(program: Command): void {
  const models = program.command('models').description('list the networks that can be built, or show one');
  models
    .command('list', { isDefault: true })
    .description('networks with their costs and published weights, all or those whose name contains a word')
    .argument('[word]', 'part of the name')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', '\nExample:\n  $ arpent models list resnet34')
    .action(list);
  models
    .command('show')
    .description('parameters and structure of a network')
    .argument('<name>', 'resnet34_unet, openmmlab/upernet-swin-small, …')
    .option('--channels <n>', 'bands of the input', parseCount, 3)
    .option('--classes <n>', 'number of classes', parseCount, 19)
    .option('--depth <n>', 'levels of the tree', parseCount, 2)
    .addHelpText('after', '\nExample:\n  $ arpent models show resnet34_unet --channels 5')
    .action(show);
}
