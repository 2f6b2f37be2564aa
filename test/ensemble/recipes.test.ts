import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { memberWeights, readCombination, readVoteRule, votingFiles } from '../../src/ensemble/index.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

it.each(['assembly', 'vincent', 'selection'])(
  'examples/flair1-second-place/%s.yaml is a rule',
  async (name) => {
    const combination = await readCombination(path(`examples/flair1-second-place/${name}.yaml`));
    expect(combination.classes).toBe(13);
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
  }
});
