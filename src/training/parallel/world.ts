import { hostname } from 'node:os';
import type { HardwareConfig } from '../../config/index.ts';
import { WorldError } from './errors.ts';

/** The processes of a training, and this machine's part in them. */
export interface World {
  /** Processes in all. */
  readonly size: number;
  /** Processes on each machine. */
  readonly localSize: number;
  /** Machines. */
  readonly nodes: number;
  /** This machine's place, 0 to `nodes` − 1. */
  readonly node: number;
  /** Rank of this machine's first process, the one that was started by hand. */
  readonly rank: number;
  /** Where rank 0 is found by other machines; null on one machine alone. */
  readonly master: { readonly host: string; readonly port: number; readonly token: string } | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** PyTorch's usual port. */
const DEFAULT_PORT = 29_500;

function wholeNumber(environment: Environment, name: string): number | null {
  const text = environment[name];
  if (text === undefined || text === '') return null;
  if (/^\d+$/.test(text)) return Number(text);
  throw new WorldError(`${name} is "${text}"`, { key: name, remedy: 'set it to a whole number' });
}

function required(value: number | string | null | undefined, name: string, meaning: string) {
  if (value !== null && value !== undefined && value !== '') return;
  throw new WorldError(`several machines train together, and ${name} is not set`, {
    key: name,
    remedy: `set ${name} ${meaning}`,
  });
}

/** Processes that a configuration wants on this machine. `all`, and `auto` where no GPU is there, settle on one CPU process. */
function localSizeOf({ device, devices }: HardwareConfig, cudaDevices: number): number {
  if (device === 'cpu') return devices === 'all' ? 1 : devices;
  if (device === 'auto' && cudaDevices === 0) return 1;
  const wanted = devices === 'all' ? Math.max(1, cudaDevices) : devices;
  if (wanted > 1 && device.startsWith('cuda:')) {
    throw new WorldError(`${wanted} devices are wanted, and ${device} is one`, {
      key: 'device',
      remedy: 'name the device without its number, or ask for one device',
    });
  }
  if (wanted > Math.max(1, cudaDevices)) {
    throw new WorldError(`${wanted} GPUs are wanted on ${hostname()}, and it has ${cudaDevices}`, {
      key: 'gpus_per_node',
      remedy: `ask for ${cudaDevices} at most, or for -1 (all)`,
    });
  }
  return wanted;
}

/**
 * Who trains, from the configuration and, where several machines do, from the variables that `torchrun` and Lightning
 * use too: MASTER_ADDR, MASTER_PORT, NODE_RANK (or GROUP_RANK) and, checked when it is set, WORLD_SIZE. ARPENT_JOB_TOKEN
 * is a secret word of our own, the same on every machine: without it nobody may join.
 * @throws WorldError
 */
export function worldOf(
  hardware: HardwareConfig,
  cudaDevices: number,
  environment: Environment = process.env,
): World {
  const localSize = localSizeOf(hardware, cudaDevices);
  const { nodes } = hardware;
  const size = localSize * nodes;
  if (nodes === 1) return { size, localSize, nodes, node: 0, rank: 0, master: null };
  const host = environment.MASTER_ADDR;
  const node = wholeNumber(environment, 'NODE_RANK') ?? wholeNumber(environment, 'GROUP_RANK');
  const token = environment.ARPENT_JOB_TOKEN;
  required(host, 'MASTER_ADDR', 'to the address of the first machine, on every machine');
  required(node, 'NODE_RANK', `to this machine's place, 0 to ${nodes - 1}`);
  required(token, 'ARPENT_JOB_TOKEN', 'to the same secret word on every machine (openssl rand -hex 16)');
  if (node! >= nodes) {
    throw new WorldError(`NODE_RANK is ${node}, and there are ${nodes} machines`, {
      key: 'NODE_RANK',
      remedy: `number the machines 0 to ${nodes - 1}`,
    });
  }
  const expected = wholeNumber(environment, 'WORLD_SIZE');
  if (expected !== null && expected !== size) {
    throw new WorldError(
      `WORLD_SIZE is ${expected}, and ${nodes} machines with ${localSize} processes are ${size}`,
      {
        key: 'WORLD_SIZE',
        remedy: 'set num_nodes and gpus_per_node to what is there, or leave WORLD_SIZE unset',
      },
    );
  }
  const port = wholeNumber(environment, 'MASTER_PORT') ?? DEFAULT_PORT;
  const master = { host: host!, port, token: token! };
  return { size, localSize, nodes, node: node!, rank: node! * localSize, master };
}
