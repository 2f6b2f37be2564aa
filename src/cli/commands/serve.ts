import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { addCommonOptions, type CommonOptions, parseSize } from '../common-options.ts';

interface ServeFlags extends CommonOptions {
  readonly host?: string;
  readonly port: number;
  readonly state: string;
  readonly images?: readonly string[];
  readonly model?: readonly string[];
  readonly config?: string;
  readonly models?: readonly string[];
  readonly runs?: readonly string[];
  readonly data?: readonly string[];
  readonly allowAddress?: readonly string[];
  readonly uploadLimit?: string;
  readonly uploadDisk?: string;
}

/** Images that come with arpent, for those who name none. */
const SAMPLES = fileURLToPath(new URL('../../../examples/dubai', import.meta.url));

/** The network of a run configuration, for weights that do not say what they are. */
async function networkOf(file: string) {
  const { loadRunConfig } = await import('../../config/index.ts');
  const { describeNetwork } = await import('../../workflows/index.ts');
  return describeNetwork((await loadRunConfig(file, { checkFiles: false })).config);
}

async function serve(flags: ServeFlags): Promise<void> {
  const { Console } = await import('../console.ts');
  const { onInterrupt } = await import('../interrupt.ts');
  const { parseByteSize } = await import('../../inference/index.ts');
  const { startStudio } = await import('../../server/index.ts');
  const console = new Console(flags);
  const folders = (paths: readonly string[] = []) => paths.map((path) => resolve(path));
  const state = resolve(flags.state);
  mkdirSync(state, { recursive: true });
  const { signal } = onInterrupt(() => console.warn('closing; jobs go on when the studio is served again'));
  const running = await startStudio({
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...{ port: flags.port, state },
    images: flags.images === undefined ? [SAMPLES] : folders(flags.images),
    modelFiles: folders(flags.model),
    ...(flags.config === undefined ? {} : { network: await networkOf(flags.config) }),
    models: folders(flags.models),
    runs: folders(flags.runs),
    data: folders(flags.data),
    addresses: flags.allowAddress ?? [],
    uploads: {
      ...(flags.uploadLimit === undefined ? {} : { bytes: parseByteSize(flags.uploadLimit) }),
      ...(flags.uploadDisk === undefined ? {} : { disk: parseByteSize(flags.uploadDisk) }),
    },
    onDefect: (text) => console.warn(text),
  });
  console.result(`the studio is at ${running.url}`);
  if (running.token !== null) console.result('whoever has this address may use it; press Ctrl-C to stop');
  console.emit('serving', { url: running.url, port: running.port });
  if (!signal.aborted) {
    await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  }
  await running.close();
  process.exitCode = 0;
}

/** `arpent serve`: the studio, a page where images, models, maps and runs are seen and tried. */
export function register(program: Command): void {
  const command = program
    .command('serve')
    .description('serve the studio: see, try and compare models in a browser')
    .option('--port <n>', 'port to listen on; 0 takes a free one', parseSize, 8080)
    .option(
      '--host <address>',
      'address to listen on; any but this machine’s own needs the token that is printed',
    )
    .option('--state <folder>', 'folder of jobs, finished maps and uploads', 'studio')
    .option('--images <folders...>', 'folders whose images may be opened (default: the examples)')
    .option('--model <files...>', 'models: .onnx, .ckpt, .pth or .safetensors; several can be compared')
    .option('--config <file>', 'configuration of --model files that do not describe their network')
    .option('--models <folders...>', 'folders with models that describe themselves')
    .option('--runs <folders...>', 'folders with training runs')
    .option('--data <folders...>', 'folders with lists of patches (CSV)')
    .option('--allow-address <beginnings...>', 'addresses that may be fetched: https://host/folder/')
    .option('--upload-limit <size>', 'most bytes of one upload: 4GB')
    .option('--upload-disk <size>', 'most bytes of all uploads: 20GB')
    .action(serve);
  addCommonOptions(command, 'quiet', 'json').addHelpText(
    'after',
    '\nOnly files below the named folders are ever read. Nothing is fetched from elsewhere unless allowed.\n' +
      '\nExamples:\n  $ arpent serve --model landcover.onnx --images orthos\n' +
      '  $ arpent serve --images orthos --models runs --runs runs\n' +
      '  $ arpent serve --images examples/dubai --data examples/dubai --models runs --runs runs --port 9000\n' +
      '  $ arpent serve --host 0.0.0.0 --images orthos --models runs',
  );
}
