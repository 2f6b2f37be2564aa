import { compare } from '../pair.ts';
import { peer, subject, TUNED_ALLOCATOR, torchPython } from '../peers.ts';
import { hasBf16, NO_BF16 } from '../processor.ts';
import { type Bench, missing, type Row, ratioRow } from '../row.ts';

/** Steps and forward passes of the U-Net against the same network in Python on the same libtorch. */
export const networkRows: Bench = async ({ quick, device, repeats }) => {
  const python = torchPython();
  if (python === null) return [missing('network against Python', '≤ 0.95×', 'no Python with the same torch')];
  const rows: Row[] = [];
  for (const precision of device === 'cuda' ? ['bf16', 'fp16'] : ['fp32', 'bf16']) {
    const emulated = precision === 'bf16' && device === 'cpu' && !hasBf16();
    // Emulated arithmetic takes minutes a step at full size, and says nothing about machines people train on.
    const [batch, side, steps] = quick || emulated ? [1, 128, 3] : [4, 512, 3];
    const args = [device, precision, batch, side, steps];
    for (const [what, ours, theirs] of [
      ['training step', 'train-step.ts', 'train_step.py'],
      ['forward pass', 'forward.ts', 'forward.py'],
    ] as const) {
      const peers = [peer(python, theirs, args), peer(python, theirs, args, TUNED_ALLOCATOR)];
      const [stock, tuned] = await compare(subject(ours, args), peers, emulated ? 1 : repeats);
      const name = `${what}, U-Net/ResNet34, ${batch}×5×${side}², ${precision}`;
      const note = emulated ? `; ${NO_BF16}` : '';
      rows.push(ratioRow(`${name}, against stock Python`, stock!, 0.95, note));
      if (device === 'cpu') rows.push(ratioRow(`${name}, against Python tuned alike`, tuned!, 1.05, note));
    }
  }
  return rows;
};
