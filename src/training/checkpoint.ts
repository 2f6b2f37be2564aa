import type { GradScalerState, Module, OptimizerState } from '../nn/index.ts';
import {
  type PicklableData,
  type RawTensor,
  readCheckpoint,
  type StateDict,
  writePth,
} from '../weights/index.ts';
import { ResumeError } from './errors.ts';
import type { MonitorState } from './monitor.ts';

/** Where in the epochs training stands. */
export interface Position {
  /** Epochs that are complete. */
  readonly epoch: number;
  /** Steps of the unfinished epoch that are done; 0 between epochs. */
  readonly step: number;
  /** Steps in all. */
  readonly globalStep: number;
  /** Sum of the losses of the unfinished epoch's steps. */
  readonly lossSum: number;
}

/** Everything but the weights that an exact resume needs. */
export interface TrainingState {
  readonly position: Position;
  readonly seed: number;
  readonly optimizer: OptimizerState;
  readonly schedule: unknown;
  readonly scaler: GradScalerState | null;
  readonly monitor: MonitorState;
  /** Where an average of the weights is what is saved as the network's: the weights that train. */
  readonly average?: { readonly updates: number; readonly weights: StateDict } | null;
  readonly randomState: Uint8Array;
  /** Counts of the unfinished epoch. */
  readonly trainCounts: readonly number[];
  /** Places in the training list of the patches left out so far. */
  readonly badPlaces?: readonly number[];
  /** Processes that trained together; 1 in files that do not say. */
  readonly ranks?: number;
  /** Random states of ranks 1, 2, …, in base64. */
  readonly otherRandomStates?: readonly string[];
}

/** What a checkpoint says of its network, so that `predict` and `map` need no configuration. */
export interface CheckpointDescription {
  readonly [key: string]: unknown;
}

/** Format of our block inside the checkpoint; a file of a later format is refused. */
const FORMAT = 1;

/** Tensors stay tensors, everything else becomes JSON: exact, and readable in any language. */
function packState({ optimizer, randomState, average, ...rest }: TrainingState): PicklableData {
  const { tensors, ...settings } = optimizer;
  return {
    ...(average ? { live_weights: new Map<PicklableData, PicklableData>(average.weights) } : {}),
    tensors: new Map<PicklableData, PicklableData>(tensors),
    random_state: randomState,
    json: JSON.stringify({ ...rest, optimizer: settings, averageUpdates: average?.updates }),
  };
}

/**
 * Writes a checkpoint that PyTorch opens (`torch.load(…, weights_only=True)`): `state_dict`, `epoch`, `global_step`, and
 * a block of ours with the network's description and, unless only weights are wanted, everything an exact resume needs.
 * The file appears under its name when it is complete.
 */
export function writeCheckpoint(
  path: string,
  network: Pick<Module, 'stateDict'>,
  description: CheckpointDescription,
  state: TrainingState | null,
  { prefix = '', position }: { prefix?: string; position: Position },
): void {
  const weights: StateDict = new Map();
  for (const [name, tensor] of network.stateDict()) weights.set(prefix + name, tensor);
  const arpent: Record<string, PicklableData> = { format: FORMAT, description: JSON.stringify(description) };
  if (state) arpent.training = packState(state);
  const extra = { epoch: position.epoch, global_step: position.globalStep, arpent };
  writePth(path, weights, extra, { overwrite: true });
}

/** A checkpoint of ours, or of anybody else (then without description and training state). */
export interface LoadedCheckpoint {
  readonly stateDict: StateDict;
  readonly description: CheckpointDescription | null;
  readonly training: TrainingState | null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function tensorsOf(block: unknown): StateDict {
  const entries = block instanceof Map ? block : Object.entries(block as object);
  return new Map(Array.from(entries, ([name, tensor]) => [String(name), tensor as RawTensor]));
}

function unpackState(block: Record<string, unknown>): TrainingState {
  const { optimizer, averageUpdates: updates, ...rest } = JSON.parse(block.json as string);
  return {
    ...rest,
    optimizer: { ...optimizer, tensors: tensorsOf(block.tensors) },
    randomState: block.random_state as Uint8Array,
    average: block.live_weights ? { updates, weights: tensorsOf(block.live_weights) } : null,
  };
}

/** Reads weights and, where they are there, our description and training state. Nothing in the file is executed. */
export function loadCheckpoint(path: string): LoadedCheckpoint {
  const { stateDict, other } = readCheckpoint(path);
  const block = isRecord(other) ? other.arpent : undefined;
  if (!isRecord(block)) return { stateDict, description: null, training: null };
  if (Number(block.format) > FORMAT) {
    throw new ResumeError(`the checkpoint was written by a newer version (format ${block.format})`, {
      file: path,
      remedy: 'update arpent, or load the weights alone',
    });
  }
  const training = isRecord(block.training) ? unpackState(block.training) : null;
  return { stateDict, description: JSON.parse(String(block.description)), training };
}
