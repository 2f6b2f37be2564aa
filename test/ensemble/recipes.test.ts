import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { loadRunConfig } from '../../src/config/index.ts';
import { memberWeights, readCombination, readVoteRule, votingFiles } from '../../src/ensemble/index.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

it('examples/flair1-second-place/assembly.yaml is a rule', async () => {
  const combination = await readCombination(path('examples/flair1-second-place/assembly.yaml'));
  expect(combination.classes).toBe(13);
});

it.each([
  'flair1-second-place/convnet',
  'flair1-second-place/segformer',
  'flair1-second-place/transformer',
  'pixel-buildings/internimage',
  'pixel-buildings/mask2former',
  'pixel-buildings/swin',
])('examples/%s.yaml is a configuration', async (name) => {
  const { config } = await loadRunConfig(path(`examples/${name}.yaml`), { checkFiles: false });
  expect(config.classes).toHaveLength(name.startsWith('flair1') ? 13 : 2);
});

it.each(['flair2', 'flair1-second-place', 'pixel-buildings'])(
  'examples/%s/run.mjs names commands and options that exist, in small and in full',
  async (name) => {
    const program = await buildProgram(['--help']);
    const script = path(`examples/${name}/run.mjs`);
    for (const data of [{}, { ARPENT_DATA: path('examples') }]) {
      const options = { env: { ...process.env, ...data }, encoding: 'utf8' } as const;
      const text = execFileSync(process.execPath, [script, '--dry-run', '--output', 'nowhere'], options);
      const lines = text.split('\n').filter((line) => line.trim().startsWith('arpent '));
      expect(lines.length).toBeGreaterThan(10);
      for (const line of lines) expectKnown(program, line.trim());
    }
  },
);

it('examples/pixel-buildings/vote.yaml is the vote of eight files in three families', async () => {
  const vote = await readVoteRule(path('examples/pixel-buildings/vote.yaml'));
  expect(votingFiles(vote)).toHaveLength(8);
  expect(vote.members).toHaveLength(3);
});

it('examples/pixel-buildings/weighted.yaml weighs better scores more', async () => {
  const weights = memberWeights(await readVoteRule(path('examples/pixel-buildings/weighted.yaml')));
  expect(weights).toEqual([...weights].sort((a, b) => a - b));
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
});

it('the recipes name commands and options that exist', async () => {
  const program = await buildProgram(['--help']);
  for (const page of readdirSync(path('docs/recipes'))) {
    const text = readFileSync(path(`docs/recipes/${page}`), 'utf8').replaceAll('\\\n', ' ');
    const lines = text.split('\n').filter((line) => line.startsWith('arpent '));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expectKnown(program, line);
    }
  }
});

/** Holds the words of a command line against the commands and options that there are. */
function expectKnown(program: Command, line: string): void {
  const words = line.split(/\s+/).slice(1);
  let command = program;
  while (words[0] !== undefined) {
    const next = command.commands.find((child) => child.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  expect(command, line).not.toBe(program);
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  for (const word of words.filter((part) => /^--?[a-z]/.test(part))) expect(known, line).toContain(word);
}
