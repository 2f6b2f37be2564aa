import { join } from 'node:path';
import { type ConfigIssue, formatIssue, type RunConfig } from '../config/index.ts';
import {
  classDefinitions,
  type RunResult,
  type RunScores,
  requireFreeOutputs,
  runTasks,
  worldOfRun,
} from '../workflows/index.ts';
import type { Console } from './console.ts';
import { onInterrupt } from './interrupt.ts';
import { precisionRemark } from './precision-remark.ts';
import { formatDuration } from './progress-text.ts';
import { RunView, scoresText } from './run-view.ts';
import { worldRemark } from './world-remark.ts';

/** How a run is told. */
export interface ExecuteOptions {
  /** What to type to go on after an interruption. */
  readonly resumeWith: string;
  /** What is said before the work begins, in the log too. */
  readonly preface?: () => Promise<void>;
  /** The scores as text. Default: both ways as tables of ours. */
  readonly scores?: (scores: RunScores, config: RunConfig) => string;
}

/** Shows what deserves a look in a configuration file. */
export function showWarnings(console: Console, file: string | null, warnings: readonly ConfigIssue[]): void {
  for (const issue of warnings) console.warn(formatIssue(issue, file).replace(/: warning: /, ': '));
}

/**
 * Runs the tasks of a configuration, tells about them on a console and in the run's log, and leaves exactly where it
 * can go on after Ctrl-C.
 */
export async function executeRun(
  config: RunConfig,
  console: Console,
  {
    resumeWith,
    preface,
    scores = (found, { classes }) => scoresText(found, classDefinitions(classes)),
  }: ExecuteOptions,
): Promise<RunResult> {
  const { outputs, training, checkpoints, tasks } = config;
  const world = worldOfRun(config);
  const leads = world.rank === 0;
  if (leads) requireFreeOutputs(config);
  const remark = precisionRemark(config.hardware.precision, config.hardware.device);
  if (remark) console.warn(remark);
  if (leads) console.openLog(outputs.log, tasks.start.kind === 'resume');
  await preface?.();
  const remarked = worldRemark(world, config);
  if (remarked !== null && world.size > 1) console.say(remarked);
  else if (remarked !== null) console.warn(remarked);
  const view = new RunView(console, {
    batchSize: training.batchSize * world.size,
    epochs: training.epochs,
    verbose: checkpoints.verbose,
  });
  const interrupt = onInterrupt(() =>
    console.warn('stopping after this step; press Ctrl-C again to stop at once'),
  );
  const began = performance.now();
  try {
    const result = await runTasks(config, (event) => view.handle(event), interrupt.signal);
    if (result.scores) {
      console.result(scores(result.scores, config));
      const { strict, ign } = result.scores;
      console.emit('scores', { folder: outputs.metrics, strict, ign });
      const { skipped } = result.scores.evaluation;
      if (skipped.length > 0) {
        console.warn(
          `${skipped.length} pairs were left out of the scores:\n${skipped.map(({ error }) => `  ${error.problem}`).join('\n')}`,
        );
      }
    }
    if (result.training?.stopped === 'interrupted') {
      process.exitCode = 130;
      console.warn(
        `stopped; everything is saved in ${join(outputs.checkpoints, 'last.ckpt')}\ncontinue exactly there with: ${resumeWith}`,
      );
    } else if (!leads) {
      console.say('training is done; the first machine has the checkpoints, predicts and scores');
    } else {
      console.say(`done in ${formatDuration((performance.now() - began) / 1000)}: ${outputs.folder}`);
      console.emit('done', { folder: outputs.folder });
    }
    return result;
  } catch (error) {
    console.note(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    interrupt.release();
    console.close();
  }
}
