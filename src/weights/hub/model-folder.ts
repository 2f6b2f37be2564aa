import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../checkpoint.ts';
import type { StateDict } from '../raw-tensor.ts';
import { ModelFolderError } from './errors.ts';
import { staysInside } from './safe-path.ts';

/** Names of weights in a repository of the hub, best first. */
export const WEIGHT_NAMES = ['model.safetensors', 'pytorch_model.bin'] as const;
export const CONFIG_NAME = 'config.json';
/** Lists of shards are small; anything larger is not one. */
const LARGEST_INDEX = 64 << 20;

/** A folder laid out as a repository of the hub, opened. */
export interface ModelFolder {
  readonly folder: string;
  /** `config.json`, if there is one. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** The weights of all shards; each tensor is read when its `data` is asked for. */
  readonly stateDict: StateDict;
  /** Paths of the files the weights come from. */
  readonly weightFiles: readonly string[];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readJsonObject(file: string): Record<string, unknown> {
  const remedy = 'download the file again';
  if (statSync(file).size > LARGEST_INDEX)
    throw new ModelFolderError('the file is too large', { file, remedy });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ModelFolderError('the file is not JSON', { file, remedy, cause });
  }
  if (!isObject(value)) throw new ModelFolderError('the file holds no JSON object', { file, remedy });
  return value;
}

/**
 * The shard of each tensor, from a `….index.json`.
 * @throws ModelFolderError when it is garbled, or names a file outside its folder.
 */
export function readShardIndex(file: string): ReadonlyMap<string, string> {
  const remedy = 'download the file again; if it came from elsewhere, do not trust it';
  const { weight_map: shards } = readJsonObject(file);
  if (!isObject(shards)) throw new ModelFolderError('the list of shards has no weight_map', { file, remedy });
  const result = new Map<string, string>();
  for (const [name, shard] of Object.entries(shards)) {
    if (typeof shard !== 'string' || !staysInside(shard)) {
      throw new ModelFolderError(`the shard of ${name} lies outside the folder: ${JSON.stringify(shard)}`, {
        file,
        remedy,
      });
    }
    result.set(name, shard);
  }
  return result;
}

function readShards(folder: string, index: string): Pick<ModelFolder, 'stateDict' | 'weightFiles'> {
  const shardOf = readShardIndex(index);
  const opened = new Map<string, StateDict>();
  const stateDict: StateDict = new Map();
  for (const [name, shard] of shardOf) {
    const tensors = opened.get(shard) ?? readCheckpoint(join(folder, shard)).stateDict;
    opened.set(shard, tensors);
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw new ModelFolderError(`${shard} lacks the tensor ${name} that the list of shards places there`, {
        file: index,
        remedy: 'download the shards and their list again, all of the same revision',
      });
    }
    stateDict.set(name, tensor);
  }
  return { stateDict, weightFiles: [...opened.keys()].map((shard) => join(folder, shard)) };
}

/** Whether a folder holds weights in one of the hub's forms, with every shard. */
export function hasWeights(folder: string): boolean {
  return WEIGHT_NAMES.some((name) => {
    if (existsSync(join(folder, name))) return true;
    const index = join(folder, `${name}.index.json`);
    return (
      existsSync(index) &&
      [...readShardIndex(index).values()].every((shard) => existsSync(join(folder, shard)))
    );
  });
}

/**
 * Opens a folder laid out as a repository of the hub: `config.json` beside `model.safetensors` or
 * `pytorch_model.bin`, whole or in shards with their `….index.json`. Safetensors are preferred.
 * @throws ModelFolderError and what {@link readCheckpoint} throws.
 */
export function readModelFolder(folder: string): ModelFolder {
  const configFile = join(folder, CONFIG_NAME);
  const config = existsSync(configFile) ? readJsonObject(configFile) : null;
  for (const name of WEIGHT_NAMES) {
    const file = join(folder, name);
    if (existsSync(file))
      return { folder, config, stateDict: readCheckpoint(file).stateDict, weightFiles: [file] };
    const index = `${file}.index.json`;
    if (existsSync(index)) return { folder, config, ...readShards(folder, index) };
  }
  throw new ModelFolderError('the folder holds no weights', {
    file: folder,
    remedy: `put ${WEIGHT_NAMES.join(' or ')} there, or its shards with their ….index.json`,
  });
}
