import {
  ConfigError,
  explainText,
  parseMapConfig,
  parseRunConfig,
  SourceText,
} from '../../src/config/index.ts';
import { Random } from '../../src/core/random.ts';
import {
  ARPENT_FULL,
  ARPENT_SMALL,
  DETECT_FILLED,
  DETECT_FLAT,
  DETECT_ZONE,
  FLAIR_2023,
  FLAIR_FILLED,
  FLAIR_FLAT,
  LEGACY,
} from './samples.ts';

const SEEDS = [
  ARPENT_FULL,
  ARPENT_SMALL,
  DETECT_FILLED,
  DETECT_FLAT,
  DETECT_ZONE,
  FLAIR_2023,
  FLAIR_FILLED,
  FLAIR_FLAT,
  LEGACY,
];

/** Pieces that mean something to YAML, to JavaScript objects, or to our schemas. */
const PIECES = [
  ...'[]{},:-?#&*!|>\'"%@`~<=.\\/ \t\n\r\u0000\u0007\u0085\u2028\ufeff\ud800é😀',
  ...': |- |- - |\n  |\n\t|---\n|...\n|%YAML 1.1\n|? |!!str |!!binary |!!python/name:os |&a |*a|<<: *a|<<: [*a]|# x'.split(
    '|',
  ),
  ...'True|no|null|~|.inf|-.inf|.nan|1e999|-1|0|0x1F|0o17|010|1_000|12:30|2024-01-01|"4"|\'\'|9007199254740993'.split(
    '|',
  ),
  ...'__proto__: 1\n|constructor: 1\n|toString: {}\n|hasOwnProperty: []\n|length: 3\n|type: sgd\n|classes: 3\n'.split(
    '|',
  ),
  '[[[[[[[[',
  '{a: {a: {a: ',
  '- - - - ',
  'x'.repeat(300),
];

function mutate(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const until = Math.min(text.length, at + 1 + random.below(random.uniform() < 0.2 ? 200 : 6));
  const piece = PIECES[random.below(PIECES.length)]!;
  const lines = text.split('\n');
  const line = random.below(lines.length);
  switch (random.below(11)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(until);
    case 2:
      return text.slice(0, at) + piece + text.slice(until);
    case 3:
      return text.slice(0, at);
    case 4:
      return [...lines.slice(0, line), lines[random.below(lines.length)]!, ...lines.slice(line)].join('\n');
    case 5:
      return [...lines.slice(0, line), ...lines.slice(line + 1)].join('\n');
    case 6:
      return lines.with(line, `${' '.repeat(random.below(6))}${lines[line]!.trimStart()}`).join('\n');
    case 7: {
      const other = SEEDS[random.below(SEEDS.length)]!;
      return text.slice(0, at) + other.slice(random.below(other.length));
    }
    case 8:
      return lines.with(line, lines[line]!.replace(/:.*/, `: ${piece}`)).join('\n');
    case 9:
      return text.slice(0, at) + text.slice(at, until).repeat(1 + random.below(12)) + text.slice(until);
    default:
      return `${text.slice(0, at)}${String.fromCharCode(random.below(0x3000))}${text.slice(at + 1)}`;
  }
}

/** What a fuzz run saw. */
export interface FuzzReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  /** Longest processor time for one input, in milliseconds: a busy machine makes nothing slower. */
  readonly slowest: number;
}

/**
 * Feeds mutated configuration files to every reader.
 * @throws what a reader throws besides {@link ConfigError}, with the input that provoked it.
 */
export function fuzzConfigurations(inputs: number, seed: number): FuzzReport {
  const random = new Random(seed);
  const options = { baseFolder: '/project', checkFiles: false };
  let accepted = 0;
  let slowest = 0;
  for (let input = 0; input < inputs; input++) {
    let text = SEEDS[random.below(SEEDS.length)]!;
    for (let left = 1 + random.below(6); left > 0; left--) text = mutate(text, random).slice(0, 80_000);
    const source = new SourceText(text, 'fuzz.yaml');
    const reader = [parseRunConfig, parseMapConfig, explainText][input % 3]!;
    const start = process.cpuUsage();
    try {
      reader(source, options);
      accepted++;
    } catch (error) {
      if (!(error instanceof ConfigError)) {
        throw new Error(`${reader.name} broke on ${JSON.stringify(text)}`, { cause: error });
      }
    }
    const { user, system } = process.cpuUsage(start);
    slowest = Math.max(slowest, (user + system) / 1000);
  }
  return { inputs, accepted, refused: inputs - accepted, slowest };
}
