import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPackages } from '../../scripts/setup/apt.mjs';
import { addProgram, fakeMachine } from './machine.ts';

/** A dpkg that knows g++ and nothing else. */
const dpkg = 'echo "g++ installed"; exit 1';

test('packages that are there already need no rights and no apt', async () => {
  await expect(
    installPackages(['g++'], 'the bridge', fakeMachine({ 'dpkg-query': dpkg })),
  ).resolves.toBeUndefined();
});

test('a person without rights is told what to type', async () => {
  const machine = fakeMachine({ 'dpkg-query': dpkg, 'apt-get': 'exit 1' });
  await expect(installPackages(['g++', 'libgdal-dev'], 'the GDAL binding', machine)).rejects.toThrow(
    'the GDAL binding needs libgdal-dev, and only root may install packages\n' +
      '  → type: sudo apt-get update && sudo apt-get install -y libgdal-dev',
  );
});

test('a sudo that asks for a password counts as no rights', async () => {
  const machine = fakeMachine({ 'dpkg-query': dpkg, 'apt-get': 'exit 0', sudo: 'exit 1' });
  await expect(installPackages(['libgdal-dev'], 'GDAL', machine)).rejects.toThrow('only root may');
});

test('a sudo that asks nothing is used', async () => {
  const machine = fakeMachine({ 'dpkg-query': dpkg, sudo: 'shift; PATH=/usr/bin:/bin exec "$@"' });
  addProgram(machine, 'apt-get', `echo "$@" >> '${machine.folder}/apt.log'`);
  await installPackages(['libgdal-dev'], 'GDAL', machine);
  expect(readFileSync(join(machine.folder, 'apt.log'), 'utf8')).toMatch(/^install -y .* libgdal-dev\n$/);
});

test('a new machine without package lists gets them, once', async () => {
  const machine = fakeMachine({ 'dpkg-query': dpkg }, { uid: 0 });
  const calls = `'${machine.folder}/apt.log'`;
  // The first install fails as on a machine whose lists are empty; after "update" it passes.
  const script = `echo "$1" >> ${calls}\n[ "$1" = update ] && : > '${machine.folder}/lists' && exit 0\n[ -e '${machine.folder}/lists' ]`;
  addProgram(machine, 'apt-get', script);
  await installPackages(['libgdal-dev'], 'GDAL', machine);
  expect(readFileSync(join(machine.folder, 'apt.log'), 'utf8')).toBe('install\nupdate\ninstall\n');
});

test('a machine without apt is told the names', async () => {
  await expect(installPackages(['libgdal-dev'], 'GDAL', fakeMachine())).rejects.toThrow(
    'install what your system calls these Debian packages: libgdal-dev',
  );
});
