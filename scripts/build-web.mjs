#!/usr/bin/env node
// Bundles the studio's page into dist/web: `npm run build:web`, and part of `npm run build`.
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from './setup/paths.mjs';

/** ONNX Runtime's WebAssembly, beside the bundle because the content security policy forbids every other place. */
const RUNTIME_FILES = ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];
const WEBGPU_FILES = ['ort-wasm-simd-threaded.asyncify.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'];

/**
 * Bundles the page into a folder, which appears when it is complete.
 *
 * @param {string} out
 */
export async function buildWeb(out) {
  const partial = `${out}.partial-${process.pid}`;
  const web = `${root}/src/web`;
  mkdirSync(partial, { recursive: true });
  try {
    await build({
      entryPoints: {
        studio: `${web}/main.ts`,
        worker: `${web}/local/worker.ts`,
        style: `${web}/style.css`,
      },
      outdir: partial,
      bundle: true,
      format: 'esm',
      // ONNX Runtime comes in two builds, of which one is fetched.
      splitting: true,
      platform: 'browser',
      target: ['es2022'],
      minify: true,
      sourcemap: true,
      legalComments: 'linked',
      logLevel: 'warning',
      conditions: ['onnxruntime-web-use-extern-wasm'],
    });
    cpSync(`${web}/index.html`, `${partial}/index.html`);
    const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
    mkdirSync(`${partial}/ort`);
    for (const name of [...RUNTIME_FILES, ...WEBGPU_FILES])
      cpSync(join(runtime, name), `${partial}/ort/${name}`);
    rmSync(out, { recursive: true, force: true });
    renameSync(partial, out);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildWeb(resolve(process.argv[2] ?? `${root}/dist/web`));
}
