import type { Command } from 'commander';
import type { ConfigSource } from '../../config/index.ts';

const FORMATS = ['arpent', 'flair', 'flair-detect', 'flair-legacy'] as const;

async function explain(file: string, { json }: { json?: boolean }): Promise<void> {
  const { explainConfig, formatExplanation } = await import('../../config/index.ts');
  const explanation = await explainConfig(file);
  process.stdout.write(
    json === true ? `${JSON.stringify(explanation, null, 2)}\n` : formatExplanation(explanation),
  );
  if (explanation.issues.some(({ severity }) => severity === 'error')) process.exitCode = 1;
}

async function schema(format: ConfigSource['format'], { markdown }: { markdown?: boolean }): Promise<void> {
  const { editorSchema, referencePage } = await import('../../config/index.ts');
  const { FlagError } = await import('../class-options.ts');
  if (!FORMATS.includes(format)) {
    throw new FlagError(`there is no kind of configuration called "${format}"`, {
      remedy: `choose ${FORMATS.join(', ')}`,
    });
  }
  process.stdout.write(
    markdown === true ? referencePage(format) : `${JSON.stringify(editorSchema(format), null, 2)}\n`,
  );
}

/** `arpent config explain` and `arpent config schema`. */
export function register(program: Command): void {
  const config = program.command('config').description('explain a configuration file, or print its schema');
  config
    .command('explain')
    .description(
      'print every key of a file with its value, where it is set and what it means; problems first',
    )
    .argument('<file>', 'arpent.yaml, or a file of IGN’s flair or flair-detect')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', '\nExample:\n  $ arpent config explain my.yaml')
    .action(explain);
  config
    .command('schema')
    .description('print the JSON Schema of a kind of file, for editors')
    .argument('[format]', FORMATS.join(', '), 'arpent')
    .option('--markdown', 'print a reference page instead')
    .addHelpText('after', '\nExample:\n  $ arpent config schema arpent > arpent.schema.json')
    .action(schema);
}
