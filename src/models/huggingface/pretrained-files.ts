import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ArpentError } from '../../core/index.ts';
import { readCheckpoint, type StateDict } from '../../weights/index.ts';
import { type JsonObject, ModelConfigError } from './config-reader.ts';

/** A folder that should hold a published network lacks its configuration or its weights. */
export class PretrainedFilesError extends ArpentError {}

/**
 * Reads a `config.json`.
 *
 * @throws ModelConfigError when it is no JSON object
 */
export function readConfigFile(file: string): JsonObject {
  const remedy = 'take the config.json that was published with the weights';
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ModelConfigError('the file cannot be read as JSON', { file, remedy, cause });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ModelConfigError('the file does not hold a JSON object', { file, remedy });
  }
  return content as JsonObject;
}

/** Names of weight files in the order they are tried. */
const WEIGHTS = ['model.safetensors', 'pytorch_model.bin'];

/**
 * Opens the weights of a folder laid out like a hub repository: `model.safetensors` or `pytorch_model.bin`, whole or in
 * shards with their `….index.json`.
 *
 * @throws PretrainedFilesError when there are none
 */
export function readFolderWeights(folder: string): StateDict {
  for (const name of WEIGHTS) {
    const file = join(folder, name);
    if (existsSync(file)) return readCheckpoint(file).stateDict;
    if (existsSync(`${file}.index.json`)) return readShards(`${file}.index.json`);
  }
  throw new PretrainedFilesError('the folder holds no weights', {
    file: folder,
    remedy: `put ${WEIGHTS.join(' or ')} there, or ask for the network without weights (weights: 'none')`,
  });
}

function readShards(index: string): StateDict {
  const { weight_map: shardOf } = readConfigFile(index);
  if (typeof shardOf !== 'object' || shardOf === null) {
    throw new PretrainedFilesError('the list of shards has no weight_map', {
      file: index,
      remedy: 'download the file again',
    });
  }
  const all: StateDict = new Map();
  for (const shard of new Set(Object.values(shardOf as Record<string, string>))) {
    const file = join(dirname(index), shard);
    if (!existsSync(file)) {
      throw new PretrainedFilesError(`the shard ${shard} is missing`, {
        file: index,
        remedy: 'download every file that the list of shards names',
      });
    }
    for (const [name, value] of readCheckpoint(file).stateDict) all.set(name, value);
  }
  return all;
}
