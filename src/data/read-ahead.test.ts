import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('readAhead', () => {
  it('keeps the order whatever finishes first, and never runs further ahead than asked', async () => {
    let [running, most] = [0, 0];
    const task = async (item: number) => {
      most = Math.max(most, ++running);
      await wait(item % 3 === 0 ? 8 : 1);
      running--;
      return item * 10;
    };
    const results: number[] = [];
    for await (const result of readAhead([0, 1, 2, 3, 4, 5, 6], task, 3)) results.push(result);
    expect(results).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('reports a failure at its turn and starts nothing more', async () => {
    const started: number[] = [];
    const task = async (item: number) => {
      started.push(item);
      if (item === 1) throw new Error('broken');
      return item;
    };
    const results: number[] = [];
    const consume = async () => {
      for await (const result of readAhead([0, 1, 2, 3, 4, 5], task, 2)) results.push(result);
    };
    await expect(consume()).rejects.toThrow('broken');
    expect(results).toEqual([0]);
    expect(started.length).toBeLessThanOrEqual(3);
  });

  it('stops reading when the taker stops', async () => {
    const started: number[] = [];
    const task = async (item: number) => started.push(item);
    for await (const _ of readAhead([0, 1, 2, 3, 4, 5, 6, 7], task, 2)) break;
    expect(started.length).toBeLessThanOrEqual(3);
  });
});
