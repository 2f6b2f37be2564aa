import type { Command } from 'commander';
import { addCommonOptions, addComputeOptions } from '../common-options.ts';
import { parseFold } from '../parse-fold.ts';
import type { RunFlags } from '../run-overrides.ts';
import { addTuningOptions } from '../tuning-flags.ts';
import { runFile } from './run.ts';

/** `arpent train`: the training of a configuration file and nothing else. */
export function register(program: Command): void {
  const command = program
    .command('train')
    .description('train the network of a configuration file, without prediction and scores')
    .argument('<file>', 'the configuration (YAML)')
    .option('--resume', 'go on exactly where training was interrupted')
    .option('--fold <k/n>', 'hold out part k of n of the training and validation patches', parseFold)
    .action((file: string, flags: RunFlags) => runFile(file, flags, 'train'));
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json');
  addTuningOptions(addComputeOptions(command)).addHelpText(
    'after',
    '\nExample:\n  $ arpent train arpent.yaml --device cuda',
  );
}
