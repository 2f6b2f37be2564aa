import type { RunConfig } from '../config/index.ts';
import type { World } from '../training/index.ts';

/** What is worth saying about the processes that train together; null for one that was not asked to be more. */
export function worldRemark(
  { size, localSize, nodes, node, rank }: World,
  { hardware, training, tasks }: RunConfig,
): string | null {
  if (!tasks.train) return null;
  const { devices, device } = hardware;
  if (size === 1) {
    return devices !== 1 && devices !== 'all'
      ? `no GPU can be used: one process trains on the CPU, not ${devices} (accelerator: cpu starts several)`
      : null;
  }
  const where =
    nodes > 1 ? `, ${localSize} on each of ${nodes} machines (this one is ${node}: ranks from ${rank})` : '';
  const kind = device === 'cpu' ? 'processes' : 'devices';
  return `${size} ${kind} train together${where}: a step takes ${size} × ${training.batchSize} = ${size * training.batchSize} patches`;
}
