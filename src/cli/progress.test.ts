import { expect, test, vi } from 'vitest';
import { Console } from './console.ts';
import { ProgressLines, TerminalBar } from './progress.ts';
import { formatDuration, formatRate, progressBar, progressLine } from './progress-text.ts';

function sink(columns = 80) {
  const writes: string[] = [];
  return { writes, columns, isTTY: true, write: (text: string) => writes.push(text) };
}

test('a bar waits two seconds and redraws at most ten times a second', () => {
  let now = 0;
  const out = sink();
  const bar = new TerminalBar(out, () => now);
  for (let done = 0; done <= 1000; done++) {
    now = done * 5;
    bar.update({ label: 'map', done, total: 1000, unit: 'tiles' });
  }
  expect(out.writes.length).toBeGreaterThan(25);
  expect(out.writes.length).toBeLessThanOrEqual(31);
  expect(out.writes[0]).toContain('map');
  expect(out.writes[0]).toContain('400/1000 tiles · 200 tiles/s · 3 s left');
  bar.clear();
  expect(out.writes.at(-1)).toBe('\r\u001B[2K');
});

test('a short task shows nothing, and each new label starts a new clock', () => {
  let now = 0;
  const out = sink();
  const bar = new TerminalBar(out, () => now);
  for (let epoch = 0; epoch < 10; epoch++) {
    for (let done = 0; done <= 10; done++, now += 150) {
      bar.update({ label: `epoch ${epoch}`, done, total: 10, unit: 'patches' });
    }
  }
  bar.clear();
  expect(out.writes).toEqual([]);
});

test('a line never passes the width of the terminal', () => {
  let now = 0;
  const out = sink(40);
  const bar = new TerminalBar(out, () => now);
  const state = { label: 'a task with a long name', total: 9, unit: 'patches', facts: ['loss 0.1234'] };
  bar.update({ ...state, done: 0 });
  now = 5000;
  bar.update({ ...state, done: 4 });
  expect([...out.writes[0]!.replace('\r\u001B[2K', '')].length).toBeLessThan(40);
});

test('without a terminal there is a line for each ten percent', () => {
  let now = 0;
  const out = sink();
  const lines = new ProgressLines(out, 10, () => now);
  for (let done = 0; done <= 1000; done++, now += 100) {
    lines.update({ label: 'map', done, total: 1000, unit: 'tiles' });
  }
  expect(out.writes).toHaveLength(10);
  expect(out.writes[4]).toBe('map  50 %  500/1000 tiles · 10.0 tiles/s · 50 s left\n');
});

test('numbers are short', () => {
  expect([0.4, 59.6, 65, 3600, 8000].map(formatDuration)).toEqual([
    '0 s',
    '1 min 00 s',
    '1 min 05 s',
    '1 h 00 min',
    '2 h 13 min',
  ]);
  expect([1234.5, 56.78, 3.456, 0.1234].map(formatRate)).toEqual(['1235', '56.8', '3.46', '0.123']);
  expect(progressBar(0.5, 10)).toBe('█████·····');
  expect(progressLine({ label: 'x', done: 10, total: 10, unit: 'tiles' }, 5)).not.toContain('left');
});

test('with --json every line is JSON, and nothing else is said', () => {
  const [out, err] = [sink(), sink()];
  const console = new Console({ json: true, stdout: out, stderr: err });
  console.say('hello');
  console.result('a table');
  console.warn('careful');
  console.progress({ label: 'map', done: 5, total: 5, unit: 'tiles' });
  console.emit('scores', { miou: Number.NaN });
  expect(out.writes.map((line) => JSON.parse(line))).toEqual([
    { event: 'warning', text: 'careful' },
    { event: 'progress', task: 'map', done: 5, total: 5, unit: 'tiles' },
    { event: 'scores', miou: null },
  ]);
  expect(err.writes).toEqual([]);
});

test('a configuration can switch progress off, and nothing else', () => {
  const shown = (progress: boolean) => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const [out, err] = [sink(), sink()];
    const console = new Console({ progress, stdout: out, stderr: err });
    for (let done = 0; done <= 10; done++, now += 1000) {
      console.progress({ label: 'epoch 1/1', done, total: 10, unit: 'patches' });
    }
    console.say('epoch 1/1  done');
    clock.mockRestore();
    expect(out.writes).toEqual(['epoch 1/1  done\n']);
    return err.writes.filter((text) => text.includes('epoch')).length;
  };
  expect([shown(true), shown(false)]).toEqual([9, 0]);
});

test('quiet keeps results and warnings', () => {
  const [out, err] = [sink(), sink()];
  const console = new Console({ quiet: true, stdout: out, stderr: err });
  console.say('on the way');
  console.result('a table');
  console.warn('careful');
  expect([out.writes, err.writes]).toEqual([['a table\n'], ['warning: careful\n']]);
});
