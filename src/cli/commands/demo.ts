import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { addCommonOptions } from '../common-options.ts';
import { onInterrupt } from '../interrupt.ts';

interface DemoFlags {
  readonly output: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Where the labelled scenes lie, in the repository and in the package alike. */
const SCENES = fileURLToPath(new URL('../../../examples/dubai', import.meta.url));

async function demo(flags: DemoFlags): Promise<void> {
  const { resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { RunView, scoresText } = await import('../run-view.ts');
  const { showMapProgress, stagesText } = await import('../map-view.ts');
  const { classDefinitions, runDemo } = await import('../../workflows/index.ts');
  const console = new Console(flags);
  const interrupt = onInterrupt(() =>
    console.warn('stopping after this step; press Ctrl-C again to stop at once'),
  );
  const output = resolve(flags.output);
  console.say(
    'Learning land cover from satellite images of Dubai: four labelled scenes to train on, one to validate,',
  );
  console.say(
    'and one that the network never sees until it is scored and mapped. About five minutes on two cores.\n',
  );
  let view: InstanceType<typeof RunView> | null = null;
  try {
    const { run, config, miou, baseline, panels, map, mapped } = await runDemo(
      SCENES,
      output,
      (event) => {
        if (event.kind === 'config') {
          const { batchSize, epochs } = event.config.training;
          view = new RunView(console, { batchSize, epochs, verbose: false });
        } else if (event.kind === 'map') showMapProgress(console, event.progress, null);
        else view?.handle(event);
      },
      interrupt.signal,
    );
    if (run.scores === null || miou === null || baseline === null) {
      console.warn('stopped before the scene was scored; run the demo again to start afresh');
      return;
    }
    console.result(scoresText(run.scores, classDefinitions(config.classes)));
    console.result(
      `\nOn a scene it never saw: mean IoU ${miou.toFixed(1)} %; answering "land" everywhere gives ${baseline.toFixed(1)} %.`,
    );
    if (mapped)
      console.say(
        `Mapped the stitched scene in ${mapped.seconds.toFixed(1)} s; ${stagesText(mapped.stages)}.`,
      );
    console.emit('demo', { miou, baseline, panels, map, folder: output });
    console.result(
      [
        '\nWhere to look:',
        `  ${panels}   image, truth, prediction, errors`,
        `  ${map}   the map; open it in QGIS`,
        `  ${config.outputs.metrics}   metrics.json, confmat.npy, confusion matrices`,
        `  ${output}/training_curves.png   how it learned`,
        `  ${config.outputs.checkpoints}/best.ckpt   the network; map your own image with`,
        `    npx arpent map IMAGE.tif --model ${config.outputs.checkpoints}/best.ckpt -o MAP.tif`,
      ].join('\n'),
    );
  } finally {
    interrupt.release();
    console.close();
  }
}

/** `arpent demo`: the main job on real imagery. */
export function register(program: Command): void {
  const command = program
    .command('demo')
    .description('train, score and map real satellite images that come with the project')
    .option('-o, --output <folder>', 'folder of the results; an earlier demo there is replaced', 'runs/demo')
    .action((flags: DemoFlags) => demo(flags));
  addCommonOptions(command, 'quiet', 'json');
  command.addHelpText('after', '\nExample:\n  $ arpent demo --output /somewhere/else');
}
