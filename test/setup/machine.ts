import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SetupContext } from '../../scripts/setup/context.mjs';

/** A machine that has nothing but the programs given, each a shell script; with the warnings it was told. */
export interface FakeMachine extends SetupContext {
  readonly folder: string;
  readonly warnings: string[];
}

/** Builds a machine with a PATH of its own. `uid` 1000 is a person without rights. */
export function fakeMachine(
  programs: Readonly<Record<string, string>> = {},
  { env = {}, uid = 1000 }: { env?: NodeJS.ProcessEnv; uid?: number } = {},
): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), 'arpent-machine-'));
  mkdirSync(join(folder, 'bin'));
  const warnings: string[] = [];
  const machine = {
    folder,
    warnings,
    env: { PATH: join(folder, 'bin'), HOME: folder, ...env },
    uid,
    venv: join(folder, 'venv'),
    systemPrefix: join(folder, 'usr'),
    warn: (line: string) => warnings.push(line),
  };
  for (const [name, script] of Object.entries(programs)) addProgram(machine, name, script);
  return machine;
}

/** Puts one more program on the machine's PATH. */
export function addProgram({ folder }: { readonly folder: string }, name: string, script: string): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
