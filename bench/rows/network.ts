import { pair } from '../pair.ts';
import { peer, subject, TUNED_ALLOCATOR, torchPython } from '../peers.ts';
import { type Bench, missing, type Row, ratioRow } from '../row.ts';

/** Steps and forward passes of the U-Net against the same network in Python on the same libtorch. */
export const networkRows: Bench = async ({ quick, device }) => {
  const python = torchPython();
  if (python === null) return [missing('network against Python', '≤ 0.95×', 'no Python with the same torch')];
  const rows: Row[] = [];
  const [batch, side, steps, repeats] = quick ? [2, 128, 3, 1] : [4, 512, 3, 3];
  const precisions = device === 'cuda' ? ['bf16', 'fp16'] : ['fp32', 'bf16'];
  for (const precision of precisions) {
    const args = [device, precision, batch, side, steps];
    for (const [what, file] of [['training step', 'train'] as const, ['forward pass', 'forward'] as const]) {
      const ours = subject(file === 'train' ? 'train-step.ts' : 'forward.ts', args);
      const script = file === 'train' ? 'train_step.py' : 'forward.py';
      const name = `${what}, U-Net/ResNet34, ${batch}×5×${side}², ${precision}`;
      const stock = await pair(ours, peer(python, script, args), repeats);
      rows.push(ratioRow(`${name}, against stock Python`, stock, 0.95));
      if (device === 'cuda') continue;
      const tuned = await pair(ours, peer(python, script, args, TUNED_ALLOCATOR), repeats);
      rows.push(ratioRow(`${name}, against Python tuned alike`, tuned, 1.05));
    }
  }
  return rows;
};
