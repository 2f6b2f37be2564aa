import { readFileSync } from 'node:fs';
import { type JsonObject, ModelConfigError } from './config-reader.ts';

/**
 * Reads a `config.json`.
 *
 * @throws ModelConfigError when it is missing or no JSON object
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
