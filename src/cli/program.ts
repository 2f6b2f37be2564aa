import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { commands } from './commands.ts';

/** The version of the package, read from its manifest. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/**
 * The commander program for these arguments.
 *
 * @param args the arguments after `arpent`; when the first names a command, only that command's file is loaded.
 */
export async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('arpent')
    .description('Turn aerial images into land-cover maps: train, score and map with segmentation networks.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(add --help for what can be said)')
    .configureHelp({ sortOptions: true })
    // Commands inherit this when they register: the caller decides how to end the process.
    .exitOverride();
  const wanted = commands.filter(([name]) => name === args[0]);
  for (const [, load] of wanted.length > 0 ? wanted : commands) (await load()).register(program);
  return program;
}
