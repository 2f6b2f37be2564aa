// Runs the steps of a recipe one after another, nearly all of them calls of the `arpent` command. Run again, a recipe goes on
// where it stopped: steps that are done are skipped, trainings are resumed.
//
//   node examples/flair2/run.mjs                                in small, on generated or shipped data
//   ARPENT_DATA=/data/flair-2 node examples/flair2/run.mjs      in full size, on the contest's data
//   node examples/flair2/run.mjs --dry-run                      only print the steps
//   node examples/flair2/run.mjs --output FOLDER                default: runs/<recipe>, in small runs/<recipe>-small
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';

const HERE = dirname(fileURLToPath(import.meta.url));
/** What starts the command; `$ARPENT_CLI` names another one: `--import tsx src/cli/main.ts`. */
const CLI = process.env.ARPENT_CLI?.split(' ') ?? [join(HERE, '..', 'dist', 'cli', 'main.js')];

/** A copy of a tree of settings with some of them changed; lists are replaced as a whole. */
function changed(settings, changes) {
  if (!isTree(settings) || !isTree(changes)) return changes;
  const result = { ...settings };
  for (const [key, value] of Object.entries(changes)) result[key] = changed(settings[key], value);
  return result;
}
const isTree = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Opens a recipe.
 * @param {string} name its folder below `examples`
 * @returns the functions that its script is written with
 */
export function openRecipe(name) {
  const { values: flags } = parseArgs({
    options: { output: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  });
  const data = process.env.ARPENT_DATA ? resolve(process.env.ARPENT_DATA) : null;
  const small = data === null;
  const folder = resolve(flags.output ?? join('runs', small ? `${name}-small` : name));
  const at = (...parts) => join(folder, ...parts);
  const record = at('steps.json');
  const before = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : [];
  const done = [];

  /** What a call depends on besides its words: the files of the configurations that it names. */
  function dependsOn(call) {
    const files = call.split(' ').filter((word) => word.startsWith(at('configs')) && existsSync(word));
    const hash = createHash('sha1');
    for (const file of files) hash.update(readFileSync(file));
    return files.length === 0 ? '' : hash.digest('hex');
  }

  /** Runs a step, unless an earlier call did it and all steps before it. */
  async function step(title, call, work) {
    const given = dependsOn(call);
    const label = `${String(done.length + 1).padStart(2)} ${title}`;
    const known = before[done.length];
    if (known?.title === title && known.call === call && known.given === given && !flags['dry-run']) {
      done.push(known);
      console.log(`${label}: done before, in ${known.seconds.toFixed(1)} s`);
      return;
    }
    // What comes after a step that runs anew runs anew as well.
    before.length = 0;
    console.log(call === '' ? label : `${label}\n   ${call}`);
    const start = performance.now();
    if (!flags['dry-run']) await work();
    done.push({ title, call, given, seconds: (performance.now() - start) / 1000 });
    if (flags['dry-run']) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(record, `${JSON.stringify(done, null, 1)}\n`);
  }

  /** Calls `arpent`; `stdout: FILE` keeps what it prints. */
  function call(words, { stdout } = {}) {
    if (stdout !== undefined) mkdirSync(dirname(stdout), { recursive: true });
    const out = stdout === undefined ? 'inherit' : openSync(stdout, 'w');
    const { status } = spawnSync(process.execPath, [...CLI, ...words], { stdio: ['ignore', out, 'inherit'] });
    if (status === 0) return;
    console.error(`arpent ${words[0]} ended with ${status}; run the recipe again to go on from here`);
    process.exit(status ?? 1);
  }

  return {
    /** Whether this is the small run. */
    small,
    /** The folder of the contest's data; null in small. */
    data,
    /** A path below the folder of this run. */
    at,
    /** A step of our own: what has no command. */
    step: (title, work) => step(title, '', work),
    /** Work that takes no time and is done at every call, so that a change of the configurations is seen. */
    always: async (work) => {
      if (!flags['dry-run']) await work();
    },
    /** Stops where a file is missing that nobody but the reader can bring. */
    needs: (file, remedy) => {
      if (flags['dry-run'] || existsSync(file)) return;
      console.error(`${file} is missing\n  → ${remedy}`);
      process.exit(1);
    },
    /** A step that calls `arpent`. */
    arpent: (title, words, options) => step(title, `arpent ${words.join(' ')}`, () => call(words, options)),
    /** A step that trains, predicts and scores; a training that was cut short goes on. */
    train: (title, config) =>
      step(title, `arpent run ${config}`, () => {
        const text = readFileSync(config, 'utf8');
        const { output, name: run } = parse(text);
        const begun = join(output, run, 'begun.yaml');
        const last = join(output, run, 'checkpoints', 'last.ckpt');
        // A checkpoint of another configuration is none to go on with.
        const resume = existsSync(last) && existsSync(begun) && readFileSync(begun, 'utf8') === text;
        if (!resume) rmSync(join(output, run), { recursive: true, force: true });
        mkdirSync(join(output, run), { recursive: true });
        writeFileSync(begun, text);
        call(['run', config, '--overwrite', ...(resume ? ['--resume'] : [])]);
      }),
    /** Writes the recipe's YAML file into the run's folder, with changes: settings to merge, or functions that change them in place. */
    configure(file, { as = file }, ...changes) {
      const source = parse(readFileSync(join(HERE, name, file), 'utf8'));
      mkdirSync(at('configs'), { recursive: true });
      const result = changes.reduce((settings, change) => {
        if (typeof change !== 'function') return changed(settings, change);
        change(settings);
        return settings;
      }, source);
      writeFileSync(at('configs', as), stringify(result));
    },
    /** Where {@link configure} writes. */
    config: (file) => at('configs', file),
    /** Says how long it took. */
    finish(text) {
      if (flags['dry-run']) return;
      const seconds = done.reduce((sum, each) => sum + each.seconds, 0);
      console.log(`\n${done.length} steps in ${(seconds / 60).toFixed(1)} min. ${text}`);
    },
  };
}
