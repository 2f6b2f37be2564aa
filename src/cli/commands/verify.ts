import type { Command } from 'commander';
import { addCommonOptions, addProviderOption, type CommonOptions } from '../common-options.ts';

interface VerifyFlags extends CommonOptions {
  readonly provider?: 'cpu';
}

async function verify(file: string, flags: VerifyFlags): Promise<void> {
  const { verifyModelFile } = await import('../../workflows/index.ts');
  const { checkWithPython } = await import('../../export/index.ts');
  const { Console } = await import('../console.ts');
  const { verifyText } = await import('../export-text.ts');
  const console = new Console(flags);
  const report = await verifyModelFile(file, flags.provider);
  const checker = await checkWithPython(file);
  console.result(verifyText(file, report));
  console.result(
    checker.kind === 'absent'
      ? "ONNX's checker: not run (no Python with onnx)"
      : `ONNX's checker: ${checker.kind} (${checker.text})`,
  );
  if (report.selfTest?.passed === false || checker.kind === 'failed') process.exitCode = 1;
  const { card, ...rest } = report;
  console.emit('verification', { file, ...rest, checker, description: card.description });
}

/** `arpent verify`: whether a model file is whole, and answers as its network did. */
export function register(program: Command): void {
  const command = program
    .command('verify')
    .description('read and run an ONNX file, and compare it with what its network answered in libtorch')
    .argument('<file>', 'ONNX file')
    .action(verify);
  addProviderOption(addCommonOptions(command, 'quiet', 'json')).addHelpText(
    'after',
    '\nExample:\n  $ arpent verify dubai.onnx',
  );
}
