import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fingerprint, fingerprintFolder } from './fingerprint.mjs';
import { root } from './paths.mjs';
import { say, step } from './report.mjs';
import { run } from './run.mjs';
import { SetupError } from './setup-error.mjs';

const dist = `${root}/dist`;
const stamp = `${dist}/.sources`;

/** A hash of everything the compiled JavaScript depends on. */
function sourcesHash() {
  const files = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build-web.mjs'].map(
    (name) => readFileSync(`${root}/${name}`),
  );
  return fingerprint(
    fingerprintFolder(`${root}/src`, (name) => !name.endsWith('.test.ts')),
    ...files,
  );
}

/** Compiles `src` to `dist`, and bundles the studio's page, when a source has changed. */
export async function ensureDist() {
  const hash = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  await step('TypeScript', async () => {
    const partial = `${dist}.partial-${process.pid}`;
    const compiler = `${root}/node_modules/typescript/bin/tsc`;
    const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', partial];
    const { code, stdout } = await run(process.execPath, args, { cwd: root });
    if (!existsSync(`${partial}/cli/main.js`)) {
      rmSync(partial, { recursive: true, force: true });
      throw new SetupError(`TypeScript does not compile\n${firstLines(stdout)}`, 'type: npx tsc --noEmit');
    }
    // Types are the business of the tests; a half-written type elsewhere need not stop the main job.
    if (code !== 0) say(`  TypeScript has complaints:\n${firstLines(stdout)}`);
    const page = await run(process.execPath, [`${root}/scripts/build-web.mjs`, `${partial}/web`], {
      cwd: root,
    });
    if (page.code !== 0) say(`  the studio's page does not build:\n${firstLines(page.stderr)}`);
    chmodSync(`${partial}/cli/main.js`, 0o755);
    writeFileSync(`${partial}/.sources`, hash);
    rmSync(dist, { recursive: true, force: true });
    renameSync(partial, dist);
  });
}

/** @param {string} text */
const firstLines = (text) =>
  text
    .split('\n')
    .slice(0, 5)
    .map((line) => `  ${line}`)
    .join('\n');
