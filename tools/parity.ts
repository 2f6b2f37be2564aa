/**
 * `npm run parity -- DIR [PART_OF_NAME …]`: runs every reference case in a folder (each a folder with `case.json` and
 * `outputs.safetensors`, or DIR itself one) and prints how far our networks are from the references. Exits with 1 when one
 * is too far, or when no family builds the network of a case.
 *
 * A family of networks takes part by the `fromReference` of its `ModelFamily` (src/models/family.ts): given `reference` of
 * `case.json` (with transformers' `config` in it), it returns the network or, for another library, null. Families are listed
 * in src/models/registry.ts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { families } from '../src/models/index.ts';
import {
  type ParityCase,
  type ParityResult,
  type ParityTolerance,
  readParityCase,
  runParityCase,
} from '../src/models/parity/index.ts';

function caseFolders(folder: string): string[] {
  if (existsSync(join(folder, 'case.json'))) return [folder];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((child) => existsSync(join(child, 'case.json')));
}

function build(parityCase: ParityCase) {
  for (const family of families) {
    const network = family.fromReference(parityCase.reference);
    if (network !== null) return network;
  }
  throw new Error(`no family builds networks of ${parityCase.reference.library}`);
}

const short = (value: number | undefined) => (value === undefined ? '-' : value.toExponential(1));

function row(
  { id, names, trainable, differences, rounding, passed }: ParityResult,
  seconds: number,
): string[] {
  const differing = names.missing.length + names.unexpected.length + names.reshaped.length;
  const worst = rounding
    ? Math.max(...[rounding.response, rounding.ours].flatMap((r) => [r.outputs, r.trainLogits, r.gradient]))
    : undefined;
  return [
    id,
    differing + Math.abs(trainable) === 0 ? 'equal' : `${differing} differ`,
    short(differences.outputs),
    short(differences.loss),
    short(differences.trainLogits),
    `${short(differences.gradient)} ${differences.gradientName}`,
    short(worst),
    seconds.toFixed(1),
    passed ? 'pass' : 'FAIL',
  ];
}

/** What a reader must know to judge a row. */
function remarks({ id, names, rounding, dropped, turned, differences }: ParityResult): string[] {
  const lines = Object.entries(names)
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${what}: ${list.slice(0, 8).join(', ')}`);
  if (dropped)
    lines.push(
      `the reference ran in training mode with stochastic depth on; these branches were dropped: ${dropped
        .map(({ branch, sample }) => `${branch} (sample ${sample})`)
        .join(', ')}`,
    );
  if (turned)
    lines.push(
      `queries look where their mask is above one half; the reference's rounding and ours differ for ${turned
        .map(({ layer, element, edge }) => `cell ${element} of layer ${layer} (${short(edge)} from the edge)`)
        .join(', ')}, and agree when that is turned`,
    );
  if (rounding) {
    const said = (r: ParityTolerance) =>
      `outputs ${short(r.outputs)}, training logits ${short(r.trainLogits)}, gradient norms ${short(r.gradient)}`;
    lines.push(
      `amplifies roundings: ours to the reference ${said(differences)}; weights moved by 2^-22 ${said(rounding.response)}; ` +
        `our float32 to our float64 ${said(rounding.ours)}; the reference to our float64 ${said(rounding.reference)}` +
        (rounding.exact
          ? `; both in float64: loss ${short(rounding.exact.loss)}, gradient norms ${short(rounding.exact.gradient)}`
          : ''),
    );
  }
  return lines.map((line) => `${id}: ${line}`);
}

const [folder, ...parts] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  console.error('usage: npm run parity -- DIR [PART_OF_NAME …]');
  process.exit(2);
}
const rows = [
  ['case', 'names', 'outputs', 'loss', 'train logits', 'worst gradient norm', 'rounding', 's', ''],
];
const notes: string[] = [];
let failures = 0;
for (const path of caseFolders(folder)) {
  const started = performance.now();
  const parityCase = readParityCase(path);
  if (parts.length > 0 && !parts.some((part) => parityCase.id.includes(part))) continue;
  try {
    const network = build(parityCase);
    const result = runParityCase(parityCase, network);
    network.dispose();
    rows.push(row(result, (performance.now() - started) / 1000));
    if (!result.passed) failures++;
    notes.push(...remarks(result));
  } catch (error) {
    failures++;
    rows.push([parityCase.id, '-', '-', '-', '-', '-', '-', '-', 'ERROR']);
    notes.push(`${parityCase.id}: ${error instanceof Error ? error.stack : error}`);
  }
}
const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
for (const cells of rows)
  console.log(
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
for (const note of notes) console.log(note);
console.log(`${rows.length - 1 - failures} of ${rows.length - 1} cases agree with their reference`);
process.exit(failures > 0 ? 1 : 0);
