import { execFileSync } from 'node:child_process';
import { type PairResult, pair } from '../pair.ts';
import { peer, subject, torchPython } from '../peers.ts';
import { type Bench, missing, type Row, ratioRow } from '../row.ts';

const NETWORKS = [
  'nvidia/mit-b0',
  'nvidia/mit-b2',
  'openmmlab/upernet-swin-tiny',
  'openmmlab/upernet-convnext-tiny',
  'facebook/mask2former-swin-tiny-ade-semantic',
  'tu-convnext_tiny_unetplusplus',
];
const MOST = 1.05;

/** A Python with torch, transformers and timm: the one named by ARPENT_REFERENCE_PYTHON, or that of the bridge's torch. */
function referencePython(): string | null {
  const candidates = [process.env.ARPENT_REFERENCE_PYTHON, torchPython()];
  for (const python of candidates) {
    if (!python) continue;
    try {
      execFileSync(python, ['-c', 'import transformers, timm'], { stdio: 'ignore' });
      return python;
    } catch {
      // The next one may have it.
    }
  }
  return null;
}

function residentRow(name: string, { last, lastOfPeer }: PairResult): Row {
  const [ours, theirs] = [Number(last.resident), Number(lastOfPeer.resident)];
  const ratio = ours / theirs;
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return {
    name: `memory, ${name}`,
    measured: `${ratio.toFixed(2)}×`,
    target: `≤ ${MOST}×`,
    met: ratio <= MOST,
    detail: `${megabytes(ours)} against ${megabytes(theirs)} resident, interpreter included`,
  };
}

/**
 * Published networks against `transformers` in Python on the same kind of libtorch; U-Net++ against a plain network of the
 * same structure on timm's encoder.
 */
export const publishedRows: Bench = async ({ quick, device, repeats: most }) => {
  const python = referencePython();
  if (python === null || device !== 'cpu') {
    const reason = python === null ? 'no Python with transformers and timm' : 'these rows are for the CPU';
    return [missing('published networks against transformers', `≤ ${MOST}×`, reason)];
  }
  const rows: Row[] = [];
  const [batch, side, steps, repeats] = quick ? [2, 128, 2, 1] : [2, 512, 3, most];
  // All of them take long: ARPENT_BENCH_NETWORKS=swin measures those whose name it matches.
  const wanted = new RegExp(process.env.ARPENT_BENCH_NETWORKS ?? '.');
  for (const network of NETWORKS.filter((name) => wanted.test(name))) {
    for (const [what, mode] of [
      ['training step', 'train'],
      ['forward pass', 'forward'],
    ] as const) {
      const args = [network, mode, 'fp32', batch, side, steps];
      const [ours, theirs] = [subject('published.ts', args), peer(python, 'published.py', args)];
      const name = `${what}, ${network}, ${batch}×3×${side}², fp32`;
      const result = await pair(ours, theirs, repeats);
      rows.push(ratioRow(name, result, MOST), residentRow(name, result));
    }
  }
  return rows;
};
