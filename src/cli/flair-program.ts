import { Command } from 'commander';
import { addCommonOptions } from './common-options.ts';
import { packageVersion } from './program.ts';
import type { RunFlags } from './run-overrides.ts';

interface FlairFlags extends RunFlags {
  readonly conf: string;
}

async function flair(flags: FlairFlags): Promise<void> {
  const { loadRunConfig } = await import('../config/index.ts');
  const { readLists } = await import('../workflows/index.ts');
  const { classDefinitions } = await import('../workflows/index.ts');
  const { Console } = await import('./console.ts');
  const { executeRun, showWarnings } = await import('./execute-run.ts');
  const { configurationText, dataSplitText } = await import('./flair-text.ts');
  const { applyRunFlags } = await import('./run-overrides.ts');
  const { ignScoresText } = await import('./run-view.ts');
  const { config, warnings } = await loadRunConfig(flags.conf);
  const run = applyRunFlags(config, flags);
  const console = new Console({ ...flags, progress: config.logging.progressBar });
  const lists = await readLists(run);
  const counts = {
    train: lists.train.length,
    validation: lists.validation.length,
    test: lists.test.length,
  };
  await executeRun(run, console, {
    resumeWith: `flair --conf ${flags.conf} --resume`,
    preface: async () => {
      showWarnings(console, flags.conf, warnings);
      console.say(`${await configurationText(flags.conf)}\n\n${dataSplitText(run, counts)}\n`);
    },
    scores: (scores, { classes }) => ignScoresText(scores, classDefinitions(classes)),
  });
}

/** IGN's `flair` command. */
export function flairProgram(): Command {
  const program = new Command('flair')
    .description('Train, predict and score as a configuration of IGN’s FLAIR-1 library says.')
    .version(packageVersion(), '-V, --version')
    .requiredOption('--conf <file>', 'configuration (YAML)')
    .option('--resume', 'go on exactly where training was interrupted')
    .exitOverride()
    .action(flair);
  addCommonOptions(program, 'overwrite', 'skip-bad', 'quiet', 'json').addHelpText(
    'after',
    '\nExample:\n  $ flair --conf=flair-1-config.yaml',
  );
  return program;
}
