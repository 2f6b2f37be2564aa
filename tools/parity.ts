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

function row(result: ParityResult, seconds: number): string[] {
  const { names, outputs, train } = result;
  const differing = names.missing.length + names.unexpected.length + names.reshaped.length;
  return [
    result.id,
    differing + Math.abs(result.trainable) === 0 ? 'equal' : `${differing} differ`,
    short(Math.max(...Object.values(outputs))),
    short(train?.loss),
    short(train?.logits),
    train ? `${short(train.gradient.relative)} ${train.gradient.name}` : '-',
    seconds.toFixed(1),
    result.passed ? 'pass' : 'FAIL',
  ];
}

const [folder, ...parts] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  console.error('usage: npm run parity -- DIR [PART_OF_NAME …]');
  process.exit(2);
}
const rows = [['case', 'names', 'outputs', 'loss', 'train logits', 'worst gradient norm', 's', '']];
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
    const { missing, unexpected, reshaped } = result.names;
    for (const [what, names] of Object.entries({ missing, unexpected, reshaped }))
      if (names.length > 0) console.log(`${result.id}: ${what}: ${names.slice(0, 8).join(', ')}`);
  } catch (error) {
    failures++;
    rows.push([parityCase.id, '-', '-', '-', '-', '-', '-', 'ERROR']);
    console.log(`${parityCase.id}: ${error instanceof Error ? error.stack : error}`);
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
console.log(`${rows.length - 1 - failures} of ${rows.length - 1} cases agree with their reference`);
process.exit(failures > 0 ? 1 : 0);
