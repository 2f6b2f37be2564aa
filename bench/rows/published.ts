import { execFileSync } from 'node:child_process';
import { type Command, pair, time } from '../pair.ts';
import { peer, subject, torchPython } from '../peers.ts';
import { type Bench, missing, type Row, ratioRow } from '../row.ts';

const NETWORKS = [
  'nvidia/mit-b0',
  'nvidia/mit-b2',
  'openmmlab/upernet-swin-tiny',
  'openmmlab/upernet-convnext-tiny',
  'facebook/mask2former-swin-tiny-ade-semantic',
];
const MOST = 1.05;

/** A Python with torch and transformers: the one named by ARPENT_REFERENCE_PYTHON, or that of the bridge's torch. */
function referencePython(): string | null {
  const candidates = [process.env.ARPENT_REFERENCE_PYTHON, torchPython()];
  for (const python of candidates) {
    if (!python) continue;
    try {
      execFileSync(python, ['-c', 'import transformers'], { stdio: 'ignore' });
      return python;
    } catch {
      // The next one may have it.
    }
  }
  return null;
}

async function residentRow(name: string, ours: Command, theirs: Command): Promise<Row> {
  const [mine, other] = [await time(ours), await time(theirs)].map(({ resident }) => Number(resident));
  const ratio = mine! / other!;
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return {
    name: `memory, ${name}`,
    measured: `${ratio.toFixed(2)}×`,
    target: `≤ ${MOST}×`,
    met: ratio <= MOST,
    detail: `${megabytes(mine!)} against ${megabytes(other!)} resident, interpreter included`,
  };
}

/** Transformer networks against `transformers` in Python on the same kind of libtorch. */
export const publishedRows: Bench = async ({ quick, device }) => {
  const python = referencePython();
  if (python === null || device !== 'cpu') {
    const reason = python === null ? 'no Python with transformers' : 'these rows are for the CPU';
    return [missing('published networks against transformers', `≤ ${MOST}×`, reason)];
  }
  const rows: Row[] = [];
  const [batch, side, steps, repeats] = quick ? [2, 128, 2, 1] : [2, 512, 3, 3];
  for (const network of NETWORKS) {
    for (const [what, mode] of [
      ['training step', 'train'],
      ['forward pass', 'forward'],
    ] as const) {
      const args = [network, mode, 'fp32', batch, side, steps];
      const [ours, theirs] = [subject('published.ts', args), peer(python, 'published.py', args)];
      const name = `${what}, ${network}, ${batch}×3×${side}², fp32`;
      rows.push(ratioRow(name, await pair(ours, theirs, repeats), MOST));
      if (mode === 'train') rows.push(await residentRow(name, ours, theirs));
    }
  }
  return rows;
};
