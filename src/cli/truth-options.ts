import { type Command, Option } from 'commander';
import { parseMasks } from './parse-choice.ts';

/** The option that says how masks stand for classes. */
export function masksOption(): Option {
  return new Option(
    '--masks <encoding>',
    'how masks stand for classes: one-based, zero-based, colors or values',
  ).argParser(parseMasks);
}

/** Options that every command has which compares folders of predictions with true masks. */
export function addTruthOptions(command: Command): Command {
  return command
    .requiredOption('--truth <csv>', 'list of "image,mask" pairs')
    .option('--root <folder>', 'folder that replaces the beginning of the paths in the list')
    .option('--classes <name>', 'known list of classes')
    .option('--config <file>', 'configuration that names the classes')
    .addOption(masksOption());
}
