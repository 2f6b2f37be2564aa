import { type Command, Option } from 'commander';
import type { MapRasterOptions, SymmetryName } from '../inference/index.ts';
import { parseNumbers, parseSize } from './common-options.ts';

/** Flags of `arpent map` about windows, products and inputs. */
export interface StreamFlags {
  readonly tile?: number;
  readonly margin?: number;
  readonly blend?: NonNullable<MapRasterOptions['blend']>;
  readonly overlap?: number;
  readonly blendOf?: NonNullable<MapRasterOptions['blendOf']>;
  readonly shifts?: number;
  readonly agreement?: NonNullable<MapRasterOptions['agreement']>;
  readonly tta?: readonly SymmetryName[];
  readonly probabilities?: string;
  readonly confidence?: string;
  readonly entropy?: string;
  readonly statistics?: string;
  readonly style?: boolean;
  readonly vectors?: string;
  readonly minPixels?: number;
  readonly simplify?: number;
  readonly aoi?: string;
  readonly aoiLayer?: string;
  readonly aoiWhere?: string;
  readonly stretch?: readonly number[];
  readonly gsd?: number;
  readonly skipBad?: boolean;
  readonly restart?: boolean;
  readonly journal?: boolean;
}

/** Adds the options about windows and how they blend. */
export function addBlendOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--blend <window>',
        'how overlapping squares are blended (default hann); crop keeps their middles',
      ).choices(['crop', 'hann', 'linear', 'gaussian', 'mean']),
    )
    .option('--overlap <pixels>', 'pixels that neighbouring squares share where they blend', parseSize)
    .addOption(new Option('--blend-of <what>', 'what is blended').choices(['probabilities', 'logits']))
    .option(
      '--shifts <n>',
      'shift the squares n × n times, so that n² predictions meet in a pixel',
      parseSize,
    )
    .addOption(new Option('--agreement <way>', 'how shifted predictions agree').choices(['majority', 'mean']))
    .option('--tta <names>', 'turned and mirrored views to average: identity,hflip,rot90,…', (text) =>
      text.split(','),
    );
}

/** Adds the options of {@link StreamFlags}. */
export function addStreamOptions(command: Command): Command {
  return addBlendOptions(command)
    .option('--probabilities <file>', 'also write the probability of every class (GeoTIFF)')
    .option('--confidence <file>', 'also write the winning probability in percent (GeoTIFF)')
    .option('--entropy <file>', 'also write the entropy in percent of the highest possible (GeoTIFF)')
    .option('--statistics <file>', 'also write areas by class, and by area of interest (.csv or .json)')
    .option('--style', 'also write a QGIS style beside the map')
    .option('--vectors <file>', 'also write polygons (.gpkg, .fgb or .geojson)')
    .option('--min-pixels <n>', 'merge polygons of fewer pixels into a neighbour', parseSize)
    .option('--simplify <pixels>', 'most that borders of polygons may move', Number)
    .option('--aoi <file>', 'map inside these areas only: any vector file')
    .option('--aoi-layer <name>', 'layer of the areas')
    .option('--aoi-where <condition>', 'SQL condition that areas must meet')
    .option('--stretch <low,high>', 'cell values that the network sees as 0 and 255', parseNumbers)
    .option('--gsd <metres>', 'ground size of a pixel that the network was trained at', Number)
    .option('--restart', 'begin anew even where an interrupted map could be continued')
    .option('--no-journal', 'keep no journal: an interrupted map cannot be continued');
}

/** The options of the map's stream that flags ask for. */
export function streamOptions(flags: StreamFlags): Partial<MapRasterOptions> {
  const { probabilities, confidence, entropy, statistics, style, vectors } = flags;
  const given = <Value extends object>(values: Value) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
      [Key in keyof Value]?: Exclude<Value[Key], undefined>;
    };
  const polygons =
    vectors === undefined
      ? undefined
      : { path: vectors, ...given({ minimumPixels: flags.minPixels, tolerance: flags.simplify }) };
  const products = given({ probabilities, confidence, entropy, statistics, style, vectors: polygons });
  const [low, high] = flags.stretch ?? [];
  const { blend, overlap, blendOf, shifts, agreement, gsd, skipBad, restart } = flags;
  return given({
    ...{ blend, overlap, blendOf, shifts, agreement, skipBad, restart, groundResolution: gsd },
    ...{ tile: flags.tile, margin: flags.margin },
    journal: flags.journal === false ? false : undefined,
    products: Object.keys(products).length > 0 ? products : undefined,
    areas:
      flags.aoi === undefined
        ? undefined
        : { path: flags.aoi, ...given({ layer: flags.aoiLayer, where: flags.aoiWhere }) },
    stretch: low === undefined || high === undefined ? undefined : { low, high },
  });
}
