import type { Command } from 'commander';

/** `arpent doctor`: what a bug report pastes. */
export function register(program: Command): void {
  program
    .command('doctor')
    .description(
      'print what was found on this machine: versions, threads, CPU features, GPUs, drivers, known traps',
    )
    .option('--json', 'print JSON instead of a table')
    .action(async (options: { json?: boolean }) => {
      const { examine } = await import('../doctor/examine.ts');
      const { renderFindings } = await import('../doctor/text.ts');
      const findings = await examine();
      process.stdout.write(
        options.json ? `${JSON.stringify(findings, null, 2)}\n` : renderFindings(findings),
      );
    });
}
