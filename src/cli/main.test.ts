import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { ArpentError, OutputExistsError } from '../core/index.ts';
import { commands } from './commands.ts';
import { buildProgram } from './program.ts';
import { describeError } from './report-error.ts';

function arpent(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'src/cli/main.ts', ...args];
    execFile(process.execPath, command, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('an error of ours says what to do and ends with 1', () => {
  const { text, exitCode } = describeError(new OutputExistsError('map.tif'), false);
  expect(text).toBe(
    'error: map.tif: the output already exists\n  → pass --overwrite (or overwrite: true) to replace it, or choose another name\n',
  );
  expect(exitCode).toBe(1);
  expect(new OutputExistsError('map.tif')).toBeInstanceOf(ArpentError);
});

test('a full disk is no defect of ours', () => {
  const error = Object.assign(new Error('write failed'), { code: 'ENOSPC', path: 'runs/last.ckpt' });
  expect(describeError(error, false).text).toBe(
    'error: runs/last.ckpt: the disk is full\n  → free some space or choose another disk; what was saved before is intact\n',
  );
});

test('an unexpected error shows its stack and asks for a report', () => {
  const { text, exitCode } = describeError(new TypeError('x is not a function'), false);
  expect(text).toMatch(/^error: TypeError: x is not a function\n +at /);
  expect(text).toContain('`arpent doctor`');
  expect(exitCode).toBe(1);
});

test('an interrupted command ends as shells expect', () => {
  expect(describeError(new DOMException('stopped', 'AbortError'), false).exitCode).toBe(130);
});

test('usage errors end with 2 and suggest the nearest command', async () => {
  const { code, stderr } = await arpent('docter');
  expect(code).toBe(2);
  expect(stderr).toContain("unknown command 'docter'");
  expect(stderr).toContain('Did you mean doctor?');
  expect((await arpent('doctor', '--jsn')).code).toBe(2);
});

test('help and version end with 0', async () => {
  expect((await arpent('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await arpent('doctor', '--help')).toMatchObject({ code: 0, stderr: '' });
});

test('every command of the list registers under its name, with a description', async () => {
  const program = await buildProgram([]);
  expect(program.commands.map((command) => command.name())).toEqual(commands.map(([name]) => name));
  for (const command of program.commands) expect(command.description(), command.name()).not.toBe('');
});
