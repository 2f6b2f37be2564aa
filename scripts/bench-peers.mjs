#!/usr/bin/env node
// What the Python programs that the bench compares with need, beyond what the bridge needs: the packages that PyTorch's
// Python side imports, and rasterio with NumPy where Debian has them. Only `npm run bench` calls this; the product never
// runs Python. What cannot be had here leaves its rows out, named in the table.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installPackages } from './setup/apt.mjs';
import { machineContext } from './setup/context.mjs';
import { readPipSources } from './setup/pip-sources.mjs';
import { say } from './setup/report.mjs';

/** What `import torch` imports. */
const PACKAGES = ['typing_extensions', 'sympy', 'networkx', 'jinja2', 'fsspec', 'filelock', 'setuptools<82'];

const context = machineContext(say);
const python = `${context.venv}/bin/python`;
const works = (/** @type {string} */ program, /** @type {string} */ modules) =>
  spawnSync(program, ['-c', `import ${modules}`], { env: context.env }).status === 0;

if (existsSync(python) && !works(python, 'torch')) {
  const { findLinks, indexes, network } = await readPipSources(context);
  const places = [
    ...findLinks.flatMap((place) => ['--find-links', place]),
    // Local indexes answer at once; asking the others too would wait for a network that may not be there.
    ...indexes
      .filter((index) => index !== '')
      .filter((index) => index.startsWith('file:') || !indexes.some((other) => other.startsWith('file:')))
      .flatMap((index, i) => [i === 0 ? '--index-url' : '--extra-index-url', index]),
  ];
  const args = [
    '-m',
    'pip',
    'install',
    '-q',
    '--retries',
    '0',
    '--timeout',
    '10',
    ...network,
    ...places,
    ...PACKAGES,
  ];
  const env = {
    ...context.env,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_EXTRA_INDEX_URL: '',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  const { status, stderr } = spawnSync(python, args, { env, encoding: 'utf8' });
  say(
    status === 0
      ? 'Python packages for the bench: installed'
      : `Python packages for the bench: ${stderr.trim().split('\n').at(-1)}`,
  );
}
if (!works('/usr/bin/python3', 'rasterio, numpy')) {
  try {
    await installPackages(['python3-rasterio'], 'the loader and map rows of the bench', context);
  } catch (error) {
    say(`python3-rasterio for the bench: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  }
}
