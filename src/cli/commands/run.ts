import type { Command } from 'commander';
import { addCommonOptions, addComputeOptions } from '../common-options.ts';
import { type Fold, parseFold } from '../parse-fold.ts';
import type { RunFlags } from '../run-overrides.ts';
import { addTuningOptions, tuningFlagsText } from '../tuning-flags.ts';

/** Which tasks a command runs: those of the file, or some of them. */
export type TaskChoice = 'as-configured' | 'train';

/** Reads a configuration and runs it. */
export async function runFile(
  file: string,
  flags: RunFlags & { readonly fold?: Fold },
  choice: TaskChoice,
): Promise<void> {
  const { loadRunConfig } = await import('../../config/index.ts');
  const { Console } = await import('../console.ts');
  const { executeRun, showWarnings } = await import('../execute-run.ts');
  const { applyRunFlags } = await import('../run-overrides.ts');
  const { config, warnings } = await loadRunConfig(file);
  const console = new Console({ ...flags, progress: config.logging.progressBar });
  showWarnings(console, file, warnings);
  const { fold } = flags;
  const run = fold === undefined ? config : await (await import('../fold.ts')).runOfFold(config, fold);
  const changed = applyRunFlags(run, flags);
  const tasks =
    choice === 'train'
      ? { ...changed.tasks, train: true, predict: false, metrics: false, deletePredictions: false }
      : changed.tasks;
  const command = choice === 'train' ? 'train' : 'run';
  await executeRun({ ...changed, tasks }, console, {
    resumeWith: `arpent ${command} ${file} --resume${fold ? ` --fold ${fold.fold}/${fold.of}` : ''}${tuningFlagsText(flags)}`,
  });
}

/** `arpent run`: the tasks of a configuration file. */
export function register(program: Command): void {
  const command = program
    .command('run')
    .description(
      'train, predict and score as a configuration file says (arpent.yaml or a file of IGN’s flair)',
    )
    .argument('<file>', 'the configuration (YAML)')
    .option('--resume', 'go on exactly where the run was interrupted')
    .option('--fold <k/n>', 'hold out part k of n of the training and validation patches', parseFold)
    .action((file: string, flags: RunFlags) => runFile(file, flags, 'as-configured'));
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json');
  addTuningOptions(addComputeOptions(command)).addHelpText(
    'after',
    '\nExample:\n  $ arpent run arpent.yaml --precision bf16',
  );
}
