import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCombination } from './combine/read-combination.ts';
import { readVoteRule } from './votes/vote-rule.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rule-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is said of a file of these lines. */
async function said(read: (file: string) => Promise<unknown>, lines: readonly string[]): Promise<string> {
  const file = join(folder, 'rule.yaml');
  await writeFile(file, `${lines.join('\n')}\n`);
  return read(file).then(
    () => 'nothing',
    (error) => String(error.message).replace(`${folder}/`, ''),
  );
}

const inputs = ['classes: 3', 'inputs: { a: one, b: two }'];

it.each<[string, string[], RegExp]>([
  [
    'a member of another rule',
    ['rule:', '  kind: mean', '  of: [a, c]'],
    /^rule\.yaml:5, key rule\.of\[1\]: the rule names "c"/,
  ],
  [
    'a weight for each class, too few',
    ['rule:', '  kind: mean', '  of:', '    - a', '    - { take: b, weight: [1, 2] }'],
    /^rule\.yaml:4, key rule: 2 numbers for 3 classes/,
  ],
  [
    'a vote within a mean',
    ['rule:', '  kind: mean', '  of:', '    - a', '    - kind: vote', '      of: [a, b]', '      least: two'],
    /^rule\.yaml:9, key rule\.of\[1\]\.least: /,
  ],
  [
    'a word that is none',
    ['rule: { kind: mean, of: [a, { take: b, wieght: 2 }] }'],
    /^rule\.yaml:3, key rule\.of\[1\]: .*wieght/,
  ],
  ['another kind', ['rule: { kind: median, of: [a, b] }'], /^rule\.yaml:3, key rule: this is no rule/],
  ['an input without use', ['rule: a'], /^rule\.yaml:2, key inputs\.b: the rule does not use/],
  ['broken YAML', ['rule: { kind: mean, of: [a, b }'], /^rule\.yaml:\d+:\d+: this is not YAML/],
])('names line and key of %s', async (_, lines, expected) => {
  expect(await said(readCombination, [...inputs, ...lines])).toMatch(expected);
});

it.each<[string, string[], RegExp]>([
  [
    'a threshold out of reach',
    ['threshold: 2', 'members:', '  - threshold: 3', '    members: [a.csv, b.csv]', '  - c.csv'],
    /^rule\.yaml:3, key members\[0\]\.threshold: the threshold 3/,
  ],
  [
    'a score that is missing',
    ['threshold: 0.35', 'members:', '  - { file: a.csv, score: 80 }', '  - b.csv'],
    /^rule\.yaml:3, key members: 1 of 2 members/,
  ],
  [
    'a word that is none',
    ['threshold: 1', 'members:', '  - { file: a.csv, scor: 80 }'],
    /^rule\.yaml:3, key members\[0\]: .*scor/,
  ],
])('names line and key of %s in a vote', async (_, lines, expected) => {
  expect(await said(readVoteRule, lines)).toMatch(expected);
});

it('names a file that is not there', async () => {
  await expect(readCombination(join(folder, 'none.yaml'))).rejects.toThrow(
    /none\.yaml: the file cannot be read/,
  );
});
