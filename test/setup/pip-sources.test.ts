import { expect, test } from 'vitest';
import { parsePipSettings, wheelSources } from '../../scripts/setup/pip-sources.mjs';

const listing = [
  ":env:.find-links='/wheels'",
  "global.cert='/etc/ca.crt'",
  "global.extra-index-url='file:///pypi/simple https://mirror.example/simple'",
  "install.find-links='/wheels /more wheels'",
].join('\n');

test('reads what pip prints of its settings', () => {
  expect(parsePipSettings(listing)).toEqual({
    findLinks: ['/wheels', '/more', 'wheels'],
    indexes: ['', 'file:///pypi/simple', 'https://mirror.example/simple'],
    network: ['--cert', '/etc/ca.crt'],
  });
});

test('a mirror in place of the main index keeps the main index out', () => {
  expect(parsePipSettings("global.index-url='https://mirror.example/simple'").indexes).toEqual([
    'https://mirror.example/simple',
  ]);
});

test("without a GPU: local places first, then PyTorch's CPU index, never the main index with its CUDA builds", () => {
  const titles = wheelSources(parsePipSettings(listing), 'cpu').map(({ title }) => title);
  expect(titles).toEqual([
    'wheel folders of pip',
    'file:///pypi/simple',
    'https://download.pytorch.org/whl/cpu',
    'https://mirror.example/simple',
  ]);
});

test('with a GPU: indexes only, as a wheel folder could hand out the CPU build', () => {
  const sources = wheelSources(parsePipSettings(listing), 'cuda');
  expect(sources.map(({ title }) => title)).toEqual([
    "pip's own index",
    'file:///pypi/simple',
    'https://mirror.example/simple',
  ]);
  expect(sources.flatMap(({ options }) => options)).not.toContain('--find-links');
});
