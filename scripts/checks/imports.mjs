import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * Which rooms a room may import from, besides itself (docs/architecture.md). A test file may import from anywhere.
 *
 * dependency-cruiser would do, but it reads TypeScript through the compiler's JavaScript interface, which TypeScript 7
 * does not have: it finds no file and no fault.
 */
const below = {
  core: [],
  engine: ['core'],
  raster: ['core'],
  weights: ['core'],
  config: ['core'],
  nn: ['core', 'engine', 'weights'],
  data: ['core', 'engine', 'raster', 'config'],
  models: ['core', 'engine', 'weights', 'nn'],
  evaluation: ['core', 'raster'],
  ensemble: ['core', 'raster', 'weights', 'evaluation'],
  training: ['core', 'engine', 'raster', 'weights', 'config', 'nn', 'data', 'models', 'evaluation'],
  inference: ['core', 'engine', 'raster', 'weights', 'config', 'nn', 'data', 'models'],
  workflows: [
    'core',
    'engine',
    'raster',
    'weights',
    'config',
    'nn',
    'data',
    'models',
    'evaluation',
    'ensemble',
    'training',
    'inference',
    'export',
  ],
  export: ['core', 'engine', 'weights', 'config', 'nn', 'models'],
  // Only files free of Node: the bundle for browsers (scripts/build-web.mjs) fails on any other.
  web: ['core', 'inference'],
};

/** Rooms that may import from every other but these two. */
const top = ['cli', 'server'];

/** Packages that one room hides from all others. */
const hidden = { 'gdal-async': 'raster' };

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {boolean} typeOnly gone at run time
 * @property {boolean} lazy a call of `import()`
 */

/**
 * The imports of a TypeScript source text.
 *
 * @param {string} text
 * @returns {Import[]}
 */
export function readImports(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statement = /^[ \t]*(?:import|export)\b(\s+type\b)?(?:[^'"`;]*?\bfrom)?\s*(['"])([^'"\n]+)\2/gm;
  const call = /\bimport\(\s*(['"])([^'"\n]+)\1/g;
  return [
    ...[...code.matchAll(statement)].map(([, type, , specifier = '']) => ({
      specifier,
      typeOnly: type !== undefined,
      lazy: false,
    })),
    ...[...code.matchAll(call)].map(([, , specifier = '']) => ({ specifier, typeOnly: false, lazy: true })),
  ];
}

/** The room of a path relative to `src`; files beside the rooms (`index.ts`) have none. @param {string} path */
function roomOf(path) {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
}

/**
 * Why a file of one room may not import from another, or undefined when it may.
 *
 * @param {string | undefined} from
 * @param {string | undefined} to
 */
function roomFault(from, to) {
  if (to === undefined || from === to) return undefined;
  // `arpent serve` starts the server.
  if (from === 'cli' && to === 'server') return undefined;
  if (top.includes(to)) return `nothing imports from ${to}/`;
  if (from === undefined || top.includes(from)) return undefined;
  const allowed = below[/** @type {keyof typeof below} */ (from)];
  if (allowed === undefined) return `${from}/ is not a room that scripts/checks/imports.mjs knows`;
  return /** @type {readonly string[]} */ (allowed).includes(to)
    ? undefined
    : `${from}/ may import from ${allowed.join(', ') || 'no other room'}`;
}

/**
 * One circle of files that import each other at run time, for each that exists.
 *
 * @param {Map<string, string[]>} graph
 */
function findCircles(graph) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @type {string[][]} */
  const circles = [];
  const visit = (/** @type {string} */ file) => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return circles;
}

/**
 * Checks every TypeScript file below a `src` folder against the plan of the house.
 *
 * @param {string} src
 * @returns {{ files: number, faults: string[] }} faults as lines for a person
 */
export function checkImports(src) {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[mc]?tsx?$/.test(path) && !path.endsWith('.test.ts'))
    .sort();
  /** @type {string[]} */
  const faults = [];
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const file of files) {
    const room = roomOf(file);
    const text = readFileSync(join(src, file), 'utf8');
    /** @type {string[]} */
    const edges = [];
    for (const { specifier, typeOnly, lazy } of readImports(text)) {
      if (specifier.startsWith('.')) {
        const path = resolve(dirname(join(src, file)), specifier);
        const target = relative(src, path);
        if (target.startsWith('..')) {
          if (!existsSync(path) || /\.[mc]?[jt]s$/.test(path))
            faults.push(`${file} imports ${specifier}: outside of src/`);
          continue;
        }
        const fault = roomFault(room, roomOf(target));
        if (fault !== undefined) faults.push(`${file} imports ${target}: ${fault}`);
        if (!typeOnly && !lazy) edges.push(target);
      } else {
        const owner = hidden[/** @type {keyof typeof hidden} */ (specifier.split('/')[0] ?? '')];
        if (owner !== undefined && owner !== room)
          faults.push(`${file} imports ${specifier}: only ${owner}/ may`);
      }
    }
    if (room !== 'engine' && /\bprocess\.dlopen\b|\.node['"`]/.test(text)) {
      faults.push(`${file} names a native addon: only engine/ loads one`);
    }
    graph.set(file, edges);
  }
  for (const circle of findCircles(graph)) faults.push(`circle: ${circle.join(' → ')}`);
  return { files: files.length, faults };
}
