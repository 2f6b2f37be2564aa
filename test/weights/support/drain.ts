import { type Checkpoint, OpaqueObject, type PlainData } from '../../../src/weights/index.ts';

function drainData(value: PlainData, seen: Set<PlainData>): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || seen.has(value)) return 0;
  seen.add(value);
  if ('dtype' in value && 'data' in value && value.data instanceof Uint8Array) return value.data.byteLength;
  const members =
    value instanceof OpaqueObject
      ? [...value.args, value.state]
      : value instanceof Map
        ? [...value.keys(), ...value.values()]
        : value instanceof Set || Array.isArray(value)
          ? [...value]
          : Object.values(value as Record<string, PlainData>);
  return members.reduce((bytes: number, member) => bytes + drainData(member, seen), 0);
}

/** Reads every tensor of a checkpoint, also those beside the weights; returns how many bytes there were. */
export function drain({ stateDict, other }: Checkpoint): number {
  let bytes = 0;
  for (const tensor of stateDict.values()) bytes += tensor.data.byteLength;
  return bytes + drainData(other as PlainData, new Set());
}
