import type { StateDict } from './raw-tensor.ts';

/**
 * Takes a prefix off the names that have it.
 * @param others What becomes of names without it: `keep` (default) or `drop`.
 */
export function stripPrefix(
  stateDict: StateDict,
  prefix: string,
  others: 'keep' | 'drop' = 'keep',
): StateDict {
  const stripped: StateDict = new Map();
  for (const [name, tensor] of stateDict) {
    if (name.startsWith(prefix)) stripped.set(name.slice(prefix.length), tensor);
    else if (others === 'keep') stripped.set(name, tensor);
  }
  return stripped;
}

/** Whether every name has the prefix; false for an empty dict. */
export function allHavePrefix(stateDict: StateDict, prefix: string): boolean {
  return stateDict.size > 0 && [...stateDict.keys()].every((name) => name.startsWith(prefix));
}

/** Takes off the `module.` that PyTorch's data-parallel wrappers put before every name. */
export function stripDataParallel(stateDict: StateDict): StateDict {
  return allHavePrefix(stateDict, 'module.') ? stripPrefix(stateDict, 'module.') : stateDict;
}

const IGN_PREFIX = 'model.seg_model';

/**
 * IGN's rule for the weights of a segmentation network inside a FLAIR training checkpoint: where the first name contains
 * `model.seg_model`, only names that contain it count, by what follows `model.seg_model.`; the loss's class weights and
 * the metadata network's are left behind. Other dicts are returned unchanged.
 */
export function ignSegmentationWeights(stateDict: StateDict): StateDict {
  const [first] = stateDict.keys();
  if (first?.includes(IGN_PREFIX) !== true) return stateDict;
  const weights: StateDict = new Map();
  for (const [name, tensor] of stateDict) {
    const at = name.indexOf(`${IGN_PREFIX}.`);
    if (at >= 0) weights.set(name.slice(at + IGN_PREFIX.length + 1), tensor);
  }
  return weights;
}
