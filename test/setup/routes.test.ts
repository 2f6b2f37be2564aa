import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SetupContext } from '../../scripts/setup/context.mjs';
import { machineContext } from '../../scripts/setup/context.mjs';
import { inspectLibtorch } from '../../scripts/setup/inspect-libtorch.mjs';
import { findLibtorch, type RouteName } from '../../scripts/setup/libtorch.mjs';
import { RouteFailed } from '../../scripts/setup/route-failed.mjs';
import { debianRoute } from '../../scripts/setup/routes/debian.mjs';
import { venvRoute } from '../../scripts/setup/routes/venv.mjs';
import { addProgram, fakeMachine } from './machine.ts';

const real = machineContext(() => undefined);
const record = JSON.parse(readFileSync('build/native/current.json', 'utf8')) as {
  root: string;
  version: string;
};

/** The real machine with some variables of its own. */
function withEnv(env: NodeJS.ProcessEnv): SetupContext {
  return { ...real, env: { ...real.env, LIBTORCH: '', ARPENT_TORCH: '', ...env } };
}

/** Has `libtorch-dev` been installed here? */
function debianHasTorch(): boolean {
  return existsSync('/usr/include/torch/csrc/api/include/torch/version.h');
}

describe('routes to a libtorch, on this machine', () => {
  test('$LIBTORCH comes first', async () => {
    const found = await findLibtorch(withEnv({ LIBTORCH: `${record.root}/` }));
    expect(found).toMatchObject({
      route: 'env',
      root: record.root,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  test('then the torch of the Python on the PATH', async () => {
    // Any Python will do as one that has torch, once told where the package is.
    const python = execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim();
    const machine = fakeMachine();
    const site = join(machine.folder, 'site');
    mkdirSync(site);
    const torchIsPackage = record.root.endsWith('/torch');
    if (torchIsPackage) symlinkSync(record.root, join(site, 'torch'));
    else {
      // Debian's libtorch is no Python package, so make one around it.
      mkdirSync(join(site, 'torch'));
      writeFileSync(join(site, 'torch', '__init__.py'), '');
      symlinkSync(join(record.root, 'include'), join(site, 'torch', 'include'));
      symlinkSync(join(record.root, 'lib'), join(site, 'torch', 'lib'));
    }
    addProgram(machine, 'python3', `PYTHONPATH='${site}' exec ${python} "$@"`);
    const path = `${machine.env.PATH}${delimiter}${real.env.PATH}`;
    const found = await findLibtorch({
      ...machine,
      env: { ...real.env, LIBTORCH: '', ARPENT_TORCH: '', PATH: path },
    });
    expect(found).toMatchObject({ route: 'python', root: join(site, 'torch') });
  });

  test("then the project's own virtual environment, without CUDA where there is no GPU", async () => {
    const found = await findLibtorch(withEnv({ ARPENT_TORCH: 'venv' })).catch((error: Error) => error);
    if (found instanceof Error) {
      // No wheel can be had: then the reason must name every place that was asked.
      expect(found.message).toMatch(/pip finds no torch 2\.13\.0|python3/);
    } else {
      expect(found).toMatchObject({ route: 'venv', version: '2.13.0', abi: 1 });
      expect(found.root.startsWith(real.venv)).toBe(true);
    }
  });

  test("then Debian's packages", async () => {
    if (debianHasTorch()) {
      const found = await findLibtorch(withEnv({ ARPENT_TORCH: 'debian' }));
      expect(found).toMatchObject({ route: 'debian', root: '/usr', cuda: false, abi: 1 });
    } else {
      const closed = debianRoute.find({
        ...real,
        uid: 1000,
        env: { ...real.env, PATH: fakeMachine().env.PATH },
      });
      await expect(closed).rejects.toThrow(/libtorch-dev/);
    }
  });

  test.each(['env', 'python', 'venv', 'debian'] as RouteName[])(
    'a forced route never takes another: %s',
    async (name) => {
      const machine = fakeMachine({}, { env: { ARPENT_TORCH: name } });
      await expect(findLibtorch(machine)).rejects.toThrow(`no libtorch by the route "${name}"`);
    },
  );
});

describe('a machine where nothing leads to a libtorch', () => {
  test('the error lists every route, why it failed and what to type', async () => {
    const machine = fakeMachine({}, { env: { LIBTORCH: '/nowhere' } });
    const error = await findLibtorch(machine).catch((caught: Error) => caught);
    expect((error as Error).message).toMatchInlineSnapshot(`
      "no libtorch: every route failed
        → open one of these and run the command again
          1. $LIBTORCH: there is no folder /nowhere
               → export LIBTORCH=/path/to/libtorch (the folder that holds include/ and lib/)
          2. torch of the Python on the PATH: there is no python3 on the PATH
               → apt-get install python3
          3. torch 2.13.0 in the project's own virtual environment: the virtual environment needs python3 python3-venv, and this machine has no apt-get
               → install what your system calls these Debian packages: python3 python3-venv
          4. Debian's libtorch-dev: Debian's libtorch needs libtorch-dev libopenblas0-pthread, and this machine has no apt-get
               → install what your system calls these Debian packages: libtorch-dev libopenblas0-pthread"
    `);
    expect(machine.warnings).toEqual([
      '$LIBTORCH is of no use: there is no folder /nowhere; looking elsewhere',
    ]);
  });

  test('a name that is no route is told apart', async () => {
    const machine = fakeMachine({}, { env: { ARPENT_TORCH: 'conda' } });
    await expect(findLibtorch(machine)).rejects.toThrow('set it to one of env, python, venv, debian');
  });
});

describe('the virtual environment', () => {
  const noVenv =
    'echo "The virtual environment was not created because ensurepip is not available." >&2; exit 1';

  test("a Python without venv asks for Debian's package", async () => {
    const machine = fakeMachine({ python3: noVenv, 'apt-get': 'exit 1', 'dpkg-query': 'exit 1' });
    const error = await venvRoute.find(machine).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(RouteFailed);
    expect((error as RouteFailed).remedy).toContain('sudo apt-get install -y python3-venv');
  });

  test('root gets that package installed', async () => {
    const log = '"$(dirname "$0")/../apt.log"';
    const machine = fakeMachine(
      {
        python3: noVenv,
        'apt-get': `echo "$@" >> ${log}`,
        'dpkg-query': 'exit 1',
        dirname: 'exec /usr/bin/dirname "$@"',
      },
      { uid: 0 },
    );
    await expect(venvRoute.find(machine)).rejects.toThrow(/-m venv fails/);
    expect(readFileSync(join(machine.folder, 'apt.log'), 'utf8')).toContain('install -y');
  });

  test('a wheel that no source has names the sources asked', async () => {
    // A "pip" that knows one folder and one mirror, and finds nothing anywhere.
    const pip = [
      'case "$*" in',
      `  *"config list"*) echo "global.find-links='/wheels'"; echo "global.index-url='https://mirror.example/simple'" ;;`,
      '  *) echo "ERROR: No matching distribution found for torch" >&2; exit 1 ;;',
      'esac',
    ].join('\n');
    const python = `mkdir -p "$4/bin"; printf '%s\\n' '#!/bin/sh' '${pip.replaceAll("'", `'"'"'`)}' > "$4/bin/python"; chmod +x "$4/bin/python"`;
    const machine = fakeMachine({ python3: `PATH=/usr/bin:/bin\n${python}` });
    const error = await venvRoute.find(machine).catch((caught: Error) => caught);
    const message = (error as Error).message;
    expect(message).toContain('wheel folders of pip: ERROR: No matching distribution');
    expect(message).toContain('https://download.pytorch.org/whl/cpu: ERROR');
    expect(message).toContain('https://mirror.example/simple: ERROR');
  });
});

describe('what a folder holds', () => {
  test('version, layout and string ABI of the libtorch in use', () => {
    const found = inspectLibtorch(record.root);
    expect(found.lib.startsWith(record.root)).toBe(true);
    expect(record.version.startsWith(found.version.split('.').slice(0, 2).join('.'))).toBe(true);
    expect(existsSync(join(dirname(found.lib), 'include')) || existsSync(found.include)).toBe(true);
  });

  test('an archive with the old string ABI is recognised', () => {
    const { folder } = fakeMachine();
    const header = join(folder, 'include', 'torch', 'csrc', 'api', 'include', 'torch');
    mkdirSync(header, { recursive: true });
    mkdirSync(join(folder, 'lib'));
    const version = ['MAJOR 2', 'MINOR 5', 'PATCH 1']
      .map((part) => `#define TORCH_VERSION_${part}`)
      .join('\n');
    writeFileSync(join(header, 'version.h'), version);
    writeFileSync(join(folder, 'lib', 'libtorch_cpu.so'), '');
    writeFileSync(join(folder, 'lib', 'libtorch_cuda.so'), '');
    writeFileSync(join(folder, 'lib', 'libc10.so'), 'xx_ZN3c106detail14torchCheckFailEPKcS2_jRKSs\0');
    expect(inspectLibtorch(folder)).toMatchObject({ version: '2.5.1', abi: 0, cuda: true });
  });

  test.each([
    ['/nowhere', 'there is no folder /nowhere'],
    ['/etc', 'no libtorch_cpu.so under /etc/lib'],
  ])('a wrong folder says what is missing: %s', (folder, problem) => {
    expect(() => inspectLibtorch(folder)).toThrow(problem);
  });
});
