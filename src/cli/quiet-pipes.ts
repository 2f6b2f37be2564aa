/** A reader that closes early (`arpent doctor | head -1`) ends us quietly, like any Unix tool. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
