import { Worker } from 'node:worker_threads';

/**
 * Starts a script in a thread: from TypeScript sources through tsx, from `dist` as it is.
 *
 * @param script address of the script without its ending: `new URL('./name', import.meta.url)` of a module beside it.
 * @param workerData what the script finds under that name.
 */
export function startThread(script: URL, workerData?: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`${script.href}.js`), { workerData });
  // Threads do not inherit loaders in Node.js 20, and look for packages from the current folder.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const source = JSON.stringify(`${script.href}.ts`);
  const load = `import(${loader}).then(({ register }) => { register(); return import(${source}); })`;
  return new Worker(load, { eval: true, workerData });
}
