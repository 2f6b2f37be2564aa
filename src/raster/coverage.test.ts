import { expect, test } from 'vitest';
import { Random } from '../core/index.ts';
import { Coverage } from './coverage.ts';

const whole = { x: 0, y: 0, width: 24, height: 24 };

test('it knows which cells were written, whatever windows they came in', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(seed);
    const upTo = (most: number) => Math.floor(random.uniform() * (most + 1));
    const coverage = new Coverage();
    const written = new Uint8Array(24 * 24);
    while (written.includes(0)) {
      const [x, y] = [upTo(23), upTo(23)];
      const window = { x, y, width: 1 + upTo(23 - x), height: 1 + upTo(23 - y) };
      coverage.add(window);
      for (let row = y; row < y + window.height; row++) {
        written.fill(1, row * 24 + x, row * 24 + x + window.width);
      }
      expect(coverage.covers(whole)).toBe(!written.includes(0));
      const part = { x: upTo(11), y: upTo(11), width: 12, height: 12 };
      const cells = Array.from(
        { length: 144 },
        (_, i) => (part.y + Math.floor(i / 12)) * 24 + part.x + (i % 12),
      );
      expect(coverage.covers(part)).toBe(cells.every((cell) => written[cell] === 1));
    }
  }
});

test('small windows that come in some order are few: tiles of a map, window after window', () => {
  const coverage = new Coverage();
  let most = 0;
  for (let block = 0; block < 64; block++) {
    const [left, top] = [(block % 8) * 8, Math.floor(block / 8) * 8];
    for (let tile = 0; tile < 16; tile++) {
      coverage.add({ x: left + (tile % 4) * 2, y: top + Math.floor(tile / 4) * 2, width: 2, height: 2 });
      most = Math.max(most, coverage.pieces);
    }
  }
  expect(coverage.covers({ x: 0, y: 0, width: 64, height: 64 })).toBe(true);
  expect(coverage.pieces).toBe(1);
  expect(most).toBeLessThanOrEqual(5);
});
