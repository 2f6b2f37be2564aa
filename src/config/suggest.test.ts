import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from './suggest.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['learnig_rate', 'learning_rate', 1],
    ['ca', 'abc', 3],
  ])('%s → %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  test('gives up above the limit', () => {
    expect(editDistance('kitten', 'sitting', 2)).toBe(3);
    expect(editDistance('a', 'abcdefgh', 2)).toBe(3);
  });
});

describe('nearest', () => {
  const keys = ['batch_size', 'learning_rate', 'num_epochs', 'seed', 'root'];

  test.each([
    ['batch-size', 'batch_size'],
    ['batchsize', 'batch_size'],
    ['Seed', 'seed'],
    ['lerning_rate', 'learning_rate'],
    ['epochs', null],
    ['optimizer', null],
    ['', null],
    ['x', null],
  ])('%s → %s', (word, expected) => expect(nearest(word, keys)).toBe(expected));

  test('does not compare endless words', () => expect(nearest('s'.repeat(10_000), keys)).toBeNull());
});
