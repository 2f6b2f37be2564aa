// About 10 minutes on two cores.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { demonstrateEnsemble } from './demonstrate-ensemble.ts';
import { keptFolder } from './kept-folder.ts';

const folder = keptFolder('ARPENT_DEMONSTRATION', 'ensemble-demonstration-');

/** A busy machine takes several times as long. */
const HOUR = 60 * 60_000;

const numbers = (line: string) =>
  [...line.matchAll(/[+−-]?\d+\.\d+/g)].map(([text]) => Number(text.replace('−', '-')));

it(
  'three networks, their blend, its search and a round of pseudo-labels on the Dubai sample',
  async () => {
    const log = await demonstrateEnsemble(folder);
    for (const { command, said } of log) console.info(`$ ${command}\n${said}`);
    const table = readFileSync(join(folder, 'study/comparison.txt'), 'utf8');
    const rows = new Map(
      table
        .split('\n')
        .filter((line) => /^\S+ +\d+\.\d+ +\[/.test(line))
        .map((line) => [line.split(' ')[0]!, numbers(line)] as const),
    );
    expect([...rows.keys()].sort()).toEqual(
      [
        ...[
          'crf',
          'deeplab',
          'fpn',
          'geometric',
          'linknet',
          'mean',
          'mean-pseudo',
          'mean-pseudo/linknet',
          'mean-sieve',
        ],
        ...['searched', 'vote'],
      ].sort(),
    );
    for (const [name, [miou, low, high]] of rows) {
      // A network that learned nothing says one class everywhere: below 15 of 100.
      expect(miou, name).toBeGreaterThan(20);
      expect(low!, name).toBeLessThanOrEqual(miou!);
      expect(high!, name).toBeGreaterThanOrEqual(miou!);
    }
    const worst = Math.min(...['linknet', 'fpn', 'deeplab'].map((name) => rows.get(name)![0]!));
    expect(rows.get('mean')![0]).toBeGreaterThan(worst);
    expect(readFileSync(join(folder, 'found.yaml'), 'utf8')).toMatch(
      /on images it was not searched on \(4 folds\)/,
    );
    const pseudo = JSON.parse(readFileSync(join(folder, 'pseudo/pseudo-labels.json'), 'utf8'));
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    expect(sum(pseudo.kept)).toBeGreaterThan(0.1 * sum(pseudo.predicted));
    expect(sum(pseudo.kept)).toBeLessThan(0.9 * sum(pseudo.predicted));
    const trained = readFileSync(join(folder, 'pseudo/train.csv'), 'utf8').trim().split('\n');
    expect(trained).toHaveLength(22 + 2 * 8);
    expect(readdirSync(join(folder, 'pseudo/masks')).filter((name) => name.endsWith('.tif'))).toHaveLength(8);
  },
  HOUR,
);
