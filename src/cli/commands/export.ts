import { type Command, Option, InvalidArgumentError as UsageError } from 'commander';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions, parseCount, parseSize } from '../common-options.ts';
import type { NetworkFlags } from '../network-flags.ts';
import { masksOption } from '../truth-options.ts';
import { addDescriptionOptions } from './map.ts';

interface ExportFlags extends CommonOptions, Omit<NetworkFlags, 'model'>, Pick<ClassFlags, 'masks'> {
  readonly output: string;
  readonly precision: 'fp32' | 'fp16' | 'int8';
  readonly calibration: number;
  readonly batch: number | 'dynamic';
  readonly size: number | 'dynamic';
  readonly answer: 'logits' | 'probabilities' | 'classes';
  readonly normalise?: boolean;
  readonly pixelRange: number;
  readonly resolution?: number;
  readonly overlap: number;
  readonly threshold: number;
  readonly smallSegment: number;
  readonly patches?: string;
  readonly root?: string;
  readonly threads?: number;
}

const dynamicOr = (text: string): number | 'dynamic' => (text === 'dynamic' ? text : parseCount(text));

function positive(text: string): number {
  const value = Number(text);
  if (text !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`"${text}" is not a number above 0`);
}

function part(text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= 1) return value;
  throw new UsageError(`"${text}" is not a number from 0 to 1`);
}

/** How the masks of the patches stand for classes, where anything says so. */
async function masksOf(flags: ExportFlags) {
  const { chooseClasses } = await import('../class-options.ts');
  if (flags.config === undefined && flags.classes === undefined) {
    return flags.masks === 'one-based' || flags.masks === 'zero-based'
      ? ({ encoding: { kind: flags.masks }, ignoreValues: [], unknown: 'ignore' } as const)
      : null;
  }
  return (await chooseClasses(flags)).masks;
}

async function exportModel(model: string, flags: ExportFlags): Promise<void> {
  const { resolve } = await import('node:path');
  const { readPatchList } = await import('../../data/index.ts');
  const { setNumThreads } = await import('../../engine/index.ts');
  const { exportNetwork } = await import('../../workflows/index.ts');
  const { Console } = await import('../console.ts');
  const { exportText } = await import('../export-text.ts');
  const { describeFromFlags } = await import('../network-flags.ts');
  const { packageVersion } = await import('../program.ts');
  const description = await describeFromFlags({ ...flags, model });
  const { recipe = null } = description as { recipe?: Record<string, unknown> | null };
  const patches =
    flags.patches === undefined ? [] : await readPatchList(flags.patches, { root: flags.root ?? null });
  const console = new Console(flags);
  if (flags.threads !== undefined) setNumThreads(flags.threads);
  try {
    const report = await exportNetwork({
      ...{ description, weights: resolve(model), file: resolve(flags.output) },
      ...{ precision: flags.precision, batch: flags.batch, size: flags.size, output: flags.answer },
      ...{ normalise: flags.normalise ?? false, pixelRange: flags.pixelRange },
      resolution: flags.resolution ?? null,
      ...{ overlap: flags.overlap, threshold: flags.threshold, smallSegment: flags.smallSegment },
      ...{ patches, calibration: flags.calibration },
      masks: patches.some(({ mask }) => mask !== null) ? await masksOf(flags) : null,
      ...{ training: recipe, version: packageVersion(), overwrite: flags.overwrite ?? false },
      onProgress: (step, done, total) => {
        const label = { export: null, calibrate: 'calibration', compare: 'comparison' }[step];
        if (label !== null) console.progress({ label, done, total, unit: 'images' });
      },
    });
    console.result(exportText(report, flags.precision));
    console.emit('export', { ...report });
  } finally {
    console.close();
  }
}

/** `arpent export`: a trained network as one ONNX file for every host. */
export function register(program: Command): void {
  const command = program
    .command('export')
    .description('write a trained network as an ONNX file that QGIS, GeoDeep, browsers and arpent itself run')
    .argument('<model>', 'weights: .ckpt, .pth, .pt or .safetensors; ours describe their network')
    .requiredOption('-o, --output <file>', 'ONNX file to write; a STAC item goes beside it')
    .addOption(
      new Option('--precision <type>', 'number format of the graph')
        .choices(['fp32', 'fp16', 'int8'])
        .default('fp32'),
    )
    .option('--batch <n>', 'images at once: a number, or dynamic', dynamicOr, 'dynamic')
    .option('--size <pixels>', 'side of the images: a number, or dynamic', dynamicOr, 512)
    .addOption(
      new Option('--answer <kind>', 'what the graph gives for each pixel')
        .choices(['logits', 'probabilities', 'classes'])
        .default('probabilities'),
    )
    .option('--normalise', 'normalise inside the graph, which then takes pixels from 0 to 1')
    .option(
      '--pixel-range <value>',
      'largest pixel value of the images it was trained on (65535 for 16 bits)',
      positive,
      255,
    )
    .option('--resolution <cm>', 'centimetres of ground for each pixel (default: from the patches)', positive)
    .option('--overlap <percent>', 'what hosts let tiles share', parseSize, 25)
    .option('--threshold <probability>', 'hosts ignore probabilities below it', part, 0)
    .option('--small-segment <pixels>', 'what hosts smooth away', parseSize, 0)
    .option('--patches <csv>', 'images (with masks) to compare with libtorch on, and to calibrate int8 on')
    .option('--calibration <n>', 'how many of them int8 is calibrated on', parseCount, 64)
    .option('--root <folder>', 'folder that replaces the beginning of the paths in the list')
    .addOption(masksOption())
    .option('--threads <n>', 'CPU threads of libtorch', parseCount)
    .action(exportModel);
  addDescriptionOptions(command);
  addCommonOptions(command, 'overwrite', 'quiet', 'json').addHelpText(
    'after',
    '\nExamples:\n  $ arpent export runs/dubai/checkpoints/best.ckpt -o dubai.onnx --normalise --resolution 20\n' +
      '  $ arpent export best.ckpt -o dubai.onnx --precision fp16 --size dynamic --patches test.csv --config arpent.yaml\n' +
      '  $ arpent verify dubai.onnx\n  $ arpent map ortho.tif --model dubai.onnx -o map.tif',
  );
}
