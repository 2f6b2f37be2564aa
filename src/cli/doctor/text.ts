import { type Findings, isMissing, type Missing } from './findings.ts';

/** Bytes as a person reads them. */
function size(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function absent({ missing, remedy }: Missing): string {
  return `MISSING: ${missing}\n→ ${remedy}`;
}

function torchLines(torch: Findings['torch']): string {
  if (isMissing(torch)) return absent(torch);
  return [
    `${torch.version} by the route "${torch.route}"${torch.root === null ? '' : `, ${torch.root}`}`,
    `${torch.threads} threads; ${torch.cpuCapability ?? 'unknown'} kernels; BLAS: ${torch.blas}`,
    `CUDA devices: ${torch.cudaDevices}`,
  ].join('\n');
}

function gdalLines(gdal: Findings['gdal']): string {
  if (isMissing(gdal)) return absent(gdal);
  const lines = [
    `${gdal.version}, ${gdal.bundled ? 'inside the binding' : 'the system library'}, ${gdal.driverCount} drivers`,
    `reads ${gdal.drivers.join(', ')}`,
  ];
  if (gdal.absentDrivers.length > 0) lines.push(`without ${gdal.absentDrivers.join(', ')}`);
  return lines.join('\n');
}

/** The findings as the table that a bug report pastes; ends with a newline. */
export function renderFindings(findings: Findings): string {
  const { machine, onnxruntime, gpus, environment, warnings } = findings;
  const onnx = isMissing(onnxruntime)
    ? absent(onnxruntime)
    : `${onnxruntime.version}, backends: ${onnxruntime.backends.join(', ')}`;
  const rows: (readonly [string, string])[] = [
    ['arpent', findings.arpent],
    ['node', `${findings.node}, npm ${findings.npm ?? 'not found'}`],
    ['system', machine.system],
    [
      'processor',
      `${machine.processor}, ${machine.cores} cores\n${machine.features.join(' ') || 'features unknown'}`,
    ],
    ['memory', `${size(machine.memory.total)}, ${size(machine.memory.available)} available`],
    ['disk', `${size(machine.disk.free)} free of ${size(machine.disk.total)} at ${machine.disk.folder}`],
    ['GPUs', gpus.join('\n') || 'none'],
    ['libtorch', torchLines(findings.torch)],
    ['GDAL', gdalLines(findings.gdal)],
    ['ONNX Runtime', onnx],
    ...Object.entries(environment).map(([name, value]) => [name, value] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const indent = ' '.repeat(width);
  const table = rows.map(([name, text]) => `${name.padEnd(width)}${text.replaceAll('\n', `\n${indent}`)}`);
  const verdict =
    warnings.length === 0 ? ['no known trap found'] : warnings.map((warning) => `warning: ${warning}`);
  return `${[...table, '', ...verdict].join('\n')}\n`;
}
