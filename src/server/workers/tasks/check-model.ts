import { readFile } from 'node:fs/promises';
import { readOnnxCard } from '../../../inference/index.ts';
import { UnsupportedFileError } from '../../errors.ts';
import type { TaskArgs } from '../messages.ts';

/** How a tensor begins to name the file that holds its numbers: an entry whose key is `location`, anywhere in the graph. */
const ELSEWHERE = Buffer.from('\x0a\x08location\x12', 'latin1');

/**
 * Looks at an ONNX file of a stranger before it is kept.
 * @throws OnnxModelError when it is no segmentation network; UnsupportedFileError when it would read other files
 */
export async function checkModel({ model }: TaskArgs<'check-model'>): Promise<null> {
  if ((await readFile(model.path)).includes(ELSEWHERE)) {
    throw new UnsupportedFileError('this model keeps its weights in another file', {
      remedy: 'bring one file with everything in it',
    });
  }
  readOnnxCard(model.path);
  return null;
}
