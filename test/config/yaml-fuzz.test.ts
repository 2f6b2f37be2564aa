import { expect, test } from 'vitest';
import { ConfigError, parseRunConfig, SourceText } from '../../src/config/index.ts';
import { fuzzConfigurations } from './yaml-fuzz.ts';

test('mutated files are read or refused, never worse', () => {
  const { accepted, refused, slowest } = fuzzConfigurations(2000, 1);
  expect(accepted).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(50);
  expect(slowest).toBeLessThan(2000);
});

const fill = (piece: string) => piece.repeat(Math.floor((60 * 1024) / piece.length));

test.each([
  ['brackets', fill('[')],
  ['braces', fill('{a: ')],
  ['brackets hidden behind comments', fill('[ #]\n')],
  ['brackets hidden in quotes', fill("[ ']' ")],
  ['dashes on one line', fill('- ')],
  ['dashes with tabs', fill('-\t')],
  ['question marks', fill('? ')],
  ['anchors', fill('&a ')],
  ['an alias many times', `a: &a 1\nb: [${fill('*a,')}]`],
  ['quotes', fill('"')],
  ['tags', fill('!!str ')],
  ['commas', `a: [${fill(',')}]`],
  ['documents', fill('---\n')],
  ['block scalars', fill('>\n a\n')],
  ['unknown keys', Array.from({ length: 6000 }, (_, at) => `key${at}: 1`).join('\n')],
  ['the same key', fill('a: 1\n')],
  [
    'merges of merges',
    `a0: &a0 {}\n${Array.from({ length: 2000 }, (_, at) => `a${at + 1}: &a${at + 1} {<<: *a${at}}`).join('\n')}`,
  ],
  ['merges in merges', fill('{<<: ')],
  ['zeros', fill('\u0000')],
])('a file full of %s is refused quickly', (_, text) => {
  const start = performance.now();
  expect(() => parseRunConfig(new SourceText(text, null), { checkFiles: false })).toThrow(ConfigError);
  expect(performance.now() - start).toBeLessThan(8000);
});
