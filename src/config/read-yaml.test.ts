import { expect, test } from 'vitest';
import { readYaml } from './read-yaml.ts';
import { SourceText } from './source-text.ts';

const read = (text: string) => readYaml(new SourceText(text, null));

test('Python-flavoured scalars, merges, anchors and block styles become plain values', () => {
  const { tree, issues } = read(
    [
      'a: True',
      'b: FALSE',
      "c: ''",
      'd: ~',
      'e: 1e-3',
      'f: &list [1, 2.5, x]',
      'g: *list',
      'base: &base { x: 1, y: 2 }',
      'h: { <<: *base, y: 3 }',
      'i: { <<: [{ x: 7 }, *base] }',
      'j: >-',
      '  folded',
      '  text',
      'k: !!str 5',
      '"quoted key": 0x10',
    ].join('\n'),
  );
  expect(issues).toEqual([]);
  expect(tree.root).toEqual({
    a: true,
    b: false,
    c: '',
    d: null,
    e: 0.001,
    f: [1, 2.5, 'x'],
    g: [1, 2.5, 'x'],
    base: { x: 1, y: 2 },
    h: { x: 1, y: 3 },
    i: { x: 7, y: 2 },
    j: 'folded text',
    k: '5',
    'quoted key': 16,
  });
});

test('keys keep the order of the file even when they look like numbers', () => {
  const { tree } = read('classes:\n  10: a\n  2: b\n  01: c\n');
  expect(Object.keys(tree.root.classes as object)).toEqual(['2', '10', '01']);
  expect(tree.keysInOrder(['classes'])).toEqual(['10', '2', '01']);
});

test('places are right with Windows line ends', () => {
  const { issues } = read('a: 1\r\nb: 2\r\na: 3\r\n');
  expect(issues.map(({ place }) => place)).toEqual([{ line: 3, column: 1, length: 1, text: 'a: 3' }]);
});
