import { run } from './run.mjs';

/** @typedef {import('./context.mjs').SetupContext} SetupContext */

/**
 * Where this person's pip looks for packages.
 *
 * @typedef {object} PipSources
 * @property {string[]} findLinks folders or pages with wheels
 * @property {string[]} indexes index addresses, the main one first
 * @property {string[]} network options for certificates and proxies
 *
 * One place to try, as options for `pip install`.
 *
 * @typedef {{ title: string, options: string[] }} WheelSource
 */

/** Stands for the index that pip asks when nobody names one. */
const pipsOwn = '';
const torchCpuIndex = 'https://download.pytorch.org/whl/cpu';

/**
 * Reads pip's settings as pip itself merges them (files and environment), `NAME='VALUE'` a line.
 *
 * @param {SetupContext} context
 * @returns {Promise<PipSources>}
 */
export async function readPipSources(context) {
  const { stdout } = await run(`${context.venv}/bin/python`, ['-m', 'pip', 'config', 'list'], {
    env: context.env,
  });
  return parsePipSettings(stdout);
}

/**
 * @param {string} listing what `pip config list` prints
 * @returns {PipSources}
 */
export function parsePipSettings(listing) {
  /** @type {PipSources} */
  const sources = { findLinks: [], indexes: [], network: [] };
  const settings = [...listing.matchAll(/^(?:\S+\.)([a-z-]+)=(['"])(.*)\2$/gm)];
  const values = (/** @type {string} */ name) =>
    settings
      .filter((match) => match[1] === name)
      .flatMap((match) => (match[3] ?? '').split(/\\n|\s+/))
      .filter((value) => value !== '');
  sources.findLinks = [...new Set(values('find-links').filter((value) => value !== ''))];
  const main = values('index-url');
  sources.indexes = [...new Set([...(main.length > 0 ? main : [pipsOwn]), ...values('extra-index-url')])];
  for (const name of ['cert', 'client-cert', 'proxy', 'trusted-host']) {
    sources.network.push(...values(name).flatMap((value) => [`--${name}`, value]));
  }
  return sources;
}

/** @param {string} place */
const isLocal = (place) => place !== pipsOwn && (place.startsWith('file:') || !/^[a-z]+:\/\//.test(place));

/**
 * The places to look for torch, nearest first, each asked alone so that one that does not answer cannot hide another.
 * The CPU build carries `+cpu` in its version, so no index can hand us the CUDA build in its place; the other way
 * round a wheel folder could (`2.13.0` admits `2.13.0+cpu`), so for CUDA only indexes are asked.
 *
 * @param {PipSources} sources
 * @param {'cpu' | 'cuda'} kind
 * @returns {WheelSource[]}
 */
export function wheelSources({ findLinks, indexes, network }, kind) {
  const links = findLinks.flatMap((place) => ['--find-links', place]);
  /** @type {WheelSource[]} */
  const found = [];
  if (findLinks.length > 0 && kind === 'cpu') {
    found.push({ title: 'wheel folders of pip', options: ['--no-index', ...links] });
  }
  const remote = indexes.filter((index) => !isLocal(index));
  const local = indexes.filter(isLocal);
  const places =
    kind === 'cpu' ? [...local, torchCpuIndex, ...remote.filter((index) => index !== pipsOwn)] : indexes;
  for (const index of new Set(places))
    found.push(
      index === pipsOwn
        ? { title: "pip's own index", options: network }
        : { title: index, options: [...network, '--index-url', index] },
    );
  return found;
}
