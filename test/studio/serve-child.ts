// A studio in a process of its own, to be killed: serve-child.ts OPTIONS (JSON). Tells its address when it listens.
import { startStudio } from '../../src/server/index.ts';

const running = await startStudio({
  ...JSON.parse(process.argv[2] ?? '{}'),
  onDefect: (text) => process.stderr.write(`${text}\n`),
});
process.send?.({ url: running.url, port: running.port });
process.on('SIGTERM', () => void running.close().then(() => process.exit(0)));
