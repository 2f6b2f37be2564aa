import type { Command } from 'commander';
import type { CardFlags } from '../card-facts.ts';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';

interface CardCommandFlags extends CardFlags, ClassFlags, CommonOptions {
  readonly metrics?: string;
  readonly arch?: string;
  readonly output?: string;
}

async function cardOfMatrix(metrics: string, flags: CardCommandFlags) {
  const { readConfusionMatrix } = await import('../../evaluation/index.ts');
  const { classDefinitions } = await import('../../workflows/index.ts');
  const { chooseClasses } = await import('../class-options.ts');
  const { classes } = await chooseClasses(flags);
  return {
    name: flags.name ?? 'unnamed network',
    license: flags.license,
    architecture: flags.arch ?? 'unknown',
    channels: [],
    classes: classDefinitions(classes),
    dataset: { name: flags.dataset ?? 'unnamed' },
    matrix: await readConfusionMatrix(metrics),
  };
}

async function card(folder: string | undefined, flags: CardCommandFlags): Promise<void> {
  const { dirname, join } = await import('node:path');
  const { FlagError } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { renderModelCard, writeOutput } = await import('../../evaluation/index.ts');
  const { cardOfRun } = await import('../card-facts.ts');
  if (folder === undefined && flags.metrics === undefined) {
    throw new FlagError('nothing says which network the card is about', {
      key: '<folder>',
      remedy: 'give the folder of a run, or --metrics with a confmat.npy and --classes',
    });
  }
  const path = flags.output ?? join(folder ?? '.', 'README.md');
  const facts =
    flags.metrics === undefined
      ? await cardOfRun(folder!, dirname(path), flags)
      : await cardOfMatrix(flags.metrics, flags);
  await writeOutput(path, renderModelCard(facts), { overwrite: flags.overwrite ?? false });
  const console = new Console(flags);
  console.say(`written ${path}`);
  console.emit('written', { path });
}

/** `arpent card`: a model card for the Hugging Face hub. */
export function register(program: Command): void {
  const command = program
    .command('card')
    .description('write a model card (Markdown with the front matter of the Hugging Face hub)')
    .argument('[folder]', 'folder of a run that was trained and scored')
    .option('--metrics <file>', 'confmat.npy, where there is no run; needs --classes')
    .option('--classes <name>', 'known list of classes (flair-19, cosia, generic-5, …)')
    .option('--config <file>', 'configuration that names the classes')
    .option('--arch <name>', 'network, where there is no run')
    .option('--name <name>', 'name of the network')
    .option('--license <id>', 'licence as the hub names it', 'other')
    .option('--dataset <name>', 'what it was trained on')
    .option('-o, --output <file>', 'Markdown file (default: README.md in the folder)')
    .action(card);
  addCommonOptions(command, 'overwrite', 'quiet', 'json').addHelpText(
    'after',
    '\nExamples:\n  $ arpent card runs/dubai --license apache-2.0\n' +
      '  $ arpent card --metrics confmat.npy --classes flair-19 -o card.md',
  );
}
