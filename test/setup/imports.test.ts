import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkImports, readImports } from '../../scripts/checks/imports.mjs';

function check(files: Readonly<Record<string, string>>): string[] {
  const src = join(mkdtempSync(join(tmpdir(), 'arpent-imports-')), 'src');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, name)), { recursive: true });
    writeFileSync(join(src, name), text);
  }
  return checkImports(src).faults;
}

test('finds every way to import', () => {
  const text = `
import a from './a.ts';
import './b.ts';
import type { C } from './c.ts';
export * from './d.ts';
export {
  type E,
  f,
} from './e.ts';
const g = await import('./g.ts');
// import h from './h.ts';
/** import i from './i.ts'; */
`;
  expect(readImports(text).map(({ specifier, typeOnly, lazy }) => [specifier, typeOnly, lazy])).toEqual([
    ['./a.ts', false, false],
    ['./b.ts', false, false],
    ['./c.ts', true, false],
    ['./d.ts', false, false],
    ['./e.ts', false, false],
    ['./g.ts', false, true],
  ]);
});

test('a room may import from below and from itself', () => {
  expect(
    check({
      'core/a.ts': '',
      'engine/a.ts': "import '../core/a.ts';\nimport './b.ts';",
      'engine/b.ts': '',
      'cli/a.ts': "import '../engine/a.ts';",
      'index.ts': "export * from './engine/a.ts';",
    }),
  ).toEqual([]);
});

test.each([
  [
    'upwards',
    'core/a.ts',
    "import '../engine/b.ts';",
    'core/a.ts imports engine/b.ts: core/ may import from no other room',
  ],
  [
    'sideways, types too',
    'raster/a.ts',
    "import type { X } from '../engine/b.ts';",
    'raster/ may import from core',
  ],
  [
    'lazily',
    'nn/a.ts',
    "const x = await import('../models/b.ts');",
    'nn/ may import from core, engine, weights',
  ],
  ['the command line', 'models/a.ts', "import '../cli/b.ts';", 'nothing imports from cli/'],
  ['from a room without a plan', 'attic/a.ts', "import '../core/b.ts';", 'attic/ is not a room'],
  ['GDAL', 'data/a.ts', "import gdal from 'gdal-async';", 'data/a.ts imports gdal-async: only raster/ may'],
  ['an addon', 'nn/a.ts', "const x = require('../../build/arpent.node');", 'only engine/ loads one'],
])('a fault is found: %s', (_, file, text, fault) => {
  expect(check({ [file]: text }).join('\n')).toContain(fault);
});

test('circles at run time are found; circles of types are none', () => {
  const types = { 'core/a.ts': "import type { B } from './b.ts';", 'core/b.ts': "import './a.ts';" };
  expect(check(types)).toEqual([]);
  const values = { ...types, 'core/a.ts': "import { b } from './b.ts';" };
  expect(check(values)).toEqual(['circle: core/a.ts → core/b.ts → core/a.ts']);
});
