import { ModelMismatchError, weightsFor } from '../inference/index.ts';
import { type SegmentationNetwork, underNetworkNames } from '../models/index.ts';
import { readCheckpoint } from '../weights/index.ts';

/** What became of the weights that training starts from. */
export interface StartReport {
  readonly file: string;
  /** Tensors that were loaded, of how many the network has. */
  readonly loaded: number;
  readonly total: number;
  /** Names that the file lacks. */
  readonly missing: readonly string[];
  /** Names that the network lacks. */
  readonly unexpected: readonly string[];
  /** Tensors of another shape, which keep their fresh numbers: `name [19, 16, 3, 3] → [5, 16, 3, 3]`. */
  readonly reshaped: readonly string[];
}

/**
 * Loads what fits of a checkpoint into a network and lists the rest: another number of classes starts the head afresh.
 * @throws ModelMismatchError when nothing fits, which is never what was meant
 */
export function startFromWeights(network: SegmentationNetwork, file: string): StartReport {
  const state = underNetworkNames(network, weightsFor(network, readCheckpoint(file).stateDict));
  const { missing, unexpected, mismatched } = network.loadStateDict(state, { strict: false });
  const total = [...network.namedState()].length;
  const loaded = total - missing.length - mismatched.length;
  if (loaded === 0) {
    throw new ModelMismatchError(`no tensor of this checkpoint belongs to ${network.modelName}`, {
      file,
      remedy: `the file has ${[...state.keys()].slice(0, 3).join(', ')}, …; choose the architecture it was trained with`,
    });
  }
  const reshaped = mismatched.map(
    ({ key, found, expected }) => `${key} [${found.join(', ')}] → [${expected.join(', ')}]`,
  );
  return { file, loaded, total, missing, unexpected, reshaped };
}
