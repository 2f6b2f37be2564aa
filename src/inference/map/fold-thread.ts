// The thread of FoldingThread: answers come in reading order, finished windows go back.
import { parentPort, workerData } from 'node:worker_threads';
import { type FoldPlan, type FoldTask, WindowFold } from './fold-windows.ts';
import { handedOver } from './handed-over.ts';

const fold = new WindowFold(workerData as FoldPlan);
parentPort!.on('message', (task: FoldTask) => {
  const folded = fold.add(task);
  const arrays = folded === null ? [] : [...Object.values(folded.tile.products), folded.record];
  parentPort!.postMessage(folded, handedOver(arrays));
});
