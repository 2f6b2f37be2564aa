import { type SegmentationNetwork, takesMetadata } from '../models/index.ts';
import {
  allHavePrefix,
  ignSegmentationWeights,
  type StateDict,
  stripDataParallel,
  stripPrefix,
} from '../weights/index.ts';

/** What surrounds a segmentation network in checkpoints: Lightning's `model.` and IGN's `seg_model.`. */
const OUTER = 'model.';
const INNER = 'seg_model.';

/**
 * The tensors of a checkpoint that belong to a network, whoever wrote it: wrappers of PyTorch, Lightning and IGN are taken
 * off the names, and the class weights of the loss are left out. For a network without metadata the metadata encoder of a
 * checkpoint is left out too; it then answers from the image alone, as in IGN's `flair-detect`.
 */
export function weightsFor(network: SegmentationNetwork, stateDict: StateDict): StateDict {
  const all = stripDataParallel(stateDict);
  const state: StateDict = new Map([...all].filter(([name]) => !name.startsWith('criterion.')));
  if (takesMetadata(network)) {
    return allHavePrefix(state, OUTER) ? stripPrefix(state, OUTER) : state;
  }
  const bare = ignSegmentationWeights(state);
  const wrapped = [...bare.keys()].some((name) => name.startsWith(INNER));
  return wrapped ? stripPrefix(bare, INNER, 'drop') : bare;
}
