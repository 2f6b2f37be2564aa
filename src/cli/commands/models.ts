import type { Command } from 'commander';

async function list(pattern: string | undefined, { json }: { json?: boolean }): Promise<void> {
  const { families } = await import('../../models/index.ts');
  const wanted = (pattern ?? '').toLowerCase();
  const rows = families.flatMap((family) =>
    family
      .names()
      .filter((name) => name.toLowerCase().includes(wanted))
      .map((name) => ({ name, library: family.name })),
  );
  process.stdout.write(
    json === true ? `${JSON.stringify(rows, null, 2)}\n` : rows.map(({ name }) => `${name}\n`).join(''),
  );
}

async function show(
  name: string,
  { channels, classes }: { channels: number; classes: number },
): Promise<void> {
  const { createModel } = await import('../../models/index.ts');
  const { withDevice } = await import('../../engine/index.ts');
  const { describeTree } = await import('../../nn/index.ts');
  const network = withDevice('meta', () => createModel({ name, inChannels: channels, classes }));
  process.stdout.write(
    `${name}: ${network.parameterCount().toLocaleString('en')} parameters, ${channels} channels, ` +
      `${classes} classes, sides in multiples of ${network.inputDivisor}\n${describeTree(network, { depth: 2 })}\n`,
  );
}

/** `arpent models` and `arpent models show`. */
export function register(program: Command): void {
  const models = program.command('models').description('list the networks that can be built, or show one');
  models
    .command('list', { isDefault: true })
    .description('names of networks, all or those that contain a word')
    .argument('[word]', 'part of the name')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', '\nExample:\n  $ arpent models list resnet34')
    .action(list);
  models
    .command('show')
    .description('parameters and structure of a network')
    .argument('<name>', 'resnet34_unet, openmmlab/upernet-swin-small, …')
    .option('--channels <n>', 'bands of the input', Number, 3)
    .option('--classes <n>', 'number of classes', Number, 19)
    .addHelpText('after', '\nExample:\n  $ arpent models show resnet34_unet --channels 5')
    .action(show);
}
