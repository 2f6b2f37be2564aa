// `npm run bench [-- --quick] [-- --only NAME] [-- --repeats N]`: one table, each row a ratio measured in the same run, in turns with its
// peer. Results also go to build/bench/results.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cudaDeviceCount, torchVersion } from '../src/engine/index.ts';
import { textTable } from '../src/evaluation/index.ts';
import { folder } from './data.ts';
import type { Bench, Row } from './row.ts';
import { ensembleRows } from './rows/ensemble.ts';
import { loaderRows } from './rows/loader.ts';
import { mapLargeRows, mapRows } from './rows/map.ts';
import { mapBusyRows } from './rows/map-busy.ts';
import { mapMemoryRows } from './rows/map-memory.ts';
import { mapSeamRows } from './rows/map-seams.ts';
import { mapShiftRows } from './rows/map-shifts.ts';
import { memoryRows } from './rows/memory.ts';
import { networkRows } from './rows/network.ts';
import { onnxRows } from './rows/onnx.ts';
import { overheadRows } from './rows/overhead.ts';
import { publishedRows } from './rows/published.ts';

const benches: Readonly<Record<string, Bench>> = {
  overhead: overheadRows,
  network: networkRows,
  published: publishedRows,
  loader: loaderRows,
  map: mapRows,
  'map-large': mapLargeRows,
  'map-busy': mapBusyRows,
  'map-seams': mapSeamRows,
  'map-shifts': mapShiftRows,
  'map-memory': mapMemoryRows,
  memory: memoryRows,
  ensemble: ensembleRows,
  onnx: onnxRows,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    repeats: { type: 'string', default: '3' },
  },
});
const device = cudaDeviceCount() > 0 ? 'cuda' : 'cpu';
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, libtorch ${torchVersion()}, ${device}`;
console.error(`bench on ${machine}${values.quick ? ', quickly (figures are rough)' : ''}`);
const rows: Row[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (values.only && !values.only.includes(name)) continue;
  console.error(`… ${name}`);
  const found = await bench({
    quick: values.quick,
    device,
    repeats: values.quick ? 1 : Number(values.repeats),
  });
  for (const row of found) console.error(`  ${row.name}: ${row.measured} (${row.target}); ${row.detail}`);
  rows.push(...found);
}
console.log(
  textTable(
    [
      { title: 'row' },
      { title: 'measured', align: 'right' },
      { title: 'asked', align: 'right' },
      { title: 'met' },
      { title: 'detail' },
    ],
    rows.map((row) => [row.name, row.measured, row.target, row.met ? 'yes' : 'no', row.detail]),
  ),
);
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'results.json'),
  `${JSON.stringify({ machine, date: new Date().toISOString(), rows }, null, 2)}\n`,
);
