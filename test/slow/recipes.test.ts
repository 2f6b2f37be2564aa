// About 30 minutes on two cores.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { keptFolder } from './kept-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = keptFolder('ARPENT_RECIPES', 'recipes-');
const at = (...parts: string[]) => join(output, ...parts);
const read = (...parts: string[]) => readFileSync(at(...parts), 'utf8');

/** Runs a recipe in small, with the command as it stands in the sources; returns what it said. */
function run(name: string): string {
  const { ARPENT_DATA: _, ...environment } = process.env;
  const env = { ...environment, ARPENT_CLI: '--import tsx src/cli/main.ts' };
  const script = join(root, 'examples', name, 'run.mjs');
  const done = spawnSync(process.execPath, [script, '--output', at(name)], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  expect(done.status, done.stderr).toBe(0);
  return done.stdout;
}

/** The mean IoU of each run in a table of `arpent compare`. */
function meanIous(name: string): Map<string, number> {
  const [, table = ''] = read(name, 'study', 'comparison.txt').split(/^mean IoU \(%\).*\n/m);
  const rows = [...table.split('\n\n')[0]!.matchAll(/^(\S+) +(\d+\.\d\d) +\[/gm)];
  return new Map(rows.map(([, run, value]) => [run!, Number(value)]));
}

/** The names that FLAIR's challenges want. */
function expectSubmission(name: string, patches: number): void {
  const files = readdirSync(at(name, 'submission'));
  expect(files).toHaveLength(patches);
  for (const file of files) expect(file).toMatch(/^PRED_\d{6}\.tif$/);
}

/** A busy machine takes several times as long. */
const HOUR = 60 * 60_000;

describe('recipes in small', { timeout: HOUR }, () => {
  test('FLAIR #2, second place', () => {
    run('flair2');
    const { left, atBorder, withoutDay, images } = JSON.parse(read('flair2', 'sentinel', 'statistics.json'));
    expect(left['no clear date']).toHaveLength(8);
    expect(atBorder).toHaveLength(16);
    expect(withoutDay).toHaveLength(16);
    expect(Object.keys(images)).toHaveLength(104);
    const ious = meanIous('flair2');
    expect([...ious.keys()]).toEqual([
      'rgb-aerial',
      'rgb-sentinel',
      'rgb-imagenet',
      'igb-aerial',
      'igb-pseudo',
      'four',
      'final',
    ]);
    // Twelve classes: a network that says one of them everywhere scores below 3.
    for (const [name, iou] of ious) expect(iou, name).toBeGreaterThan(12);
    expect(ious.get('four')!).toBeGreaterThan(ious.get('rgb-aerial')!);
    expectSubmission('flair2', 32);
    const again = run('flair2');
    expect(again.match(/done before/g)).toHaveLength(JSON.parse(read('flair2', 'steps.json')).length);
  });

  test('FLAIR #1, second place', () => {
    run('flair1-second-place');
    const ious = meanIous('flair1-second-place');
    for (const [name, iou] of ious) expect(iou, name).toBeGreaterThan(8);
    for (const name of ['vincent', 'vincent-zones', 'alan', 'alan-zones', 'assembled'])
      expect(ious.has(name), name).toBe(true);
    expectSubmission('flair1-second-place', 32);
  });

  test('PIXEL team, buildings', () => {
    run('pixel-buildings');
    const rows = read('pixel-buildings', 'scores.txt').trim().split('\n').slice(1);
    const scores = new Map(rows.map((row) => row.split(/\s+/)).map(([name, , own]) => [name!, Number(own)]));
    expect(scores.size).toBe(10);
    const singles = [...scores].filter(([name]) => name !== 'families' && name !== 'weighted');
    const mean = singles.reduce((sum, [, score]) => sum + score, 0) / singles.length;
    expect(scores.get('families')!).toBeGreaterThan(mean);
    for (const file of ['families.csv', 'weighted.csv'])
      expect(read('pixel-buildings', 'submissions', file).trim().split('\n')).toHaveLength(49);
  });
});
