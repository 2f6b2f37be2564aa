import { describe, expect, it } from 'vitest';
import { ops, type RecordedWork, scope, type Tensor, TorchError, tensor } from '../engine/index.ts';
import { RecordedForward } from './recorded-forward.ts';

/** Does what a CUDA device does, on the processor: the recorded work writes to the tensor it wrote to when it was recorded. */
function recorder() {
  const counts = { recorded: 0, replayed: 0, disposed: 0 };
  const record = <T>(_device: string, body: () => T): RecordedWork<T> => {
    counts.recorded++;
    const result = body();
    const replay = () => {
      counts.replayed++;
      const again = body() as Tensor;
      ops.copy_(result as Tensor, again);
      again.dispose();
    };
    return { result, replay, dispose: () => void counts.disposed++ };
  };
  return { counts, record };
}

const double = (images: Tensor) => scope(() => ops.add(images, images));
const image = (...numbers: number[]) => tensor(Float32Array.from(numbers), [1, 1, 1, numbers.length]);
const numbers = (answer: Tensor) => [...answer.toFloat32()];

describe('a forward pass that is recorded', () => {
  it('gives each image its own answer, recording a shape when it comes again', () => {
    scope(() => {
      const { counts, record } = recorder();
      const forward = new RecordedForward(double, record);
      expect(numbers(forward.run(image(1, 2)))).toEqual([2, 4]);
      expect(counts.recorded).toBe(0);
      expect(numbers(forward.run(image(3, 4)))).toEqual([6, 8]);
      expect(numbers(forward.run(image(5, 6)))).toEqual([10, 12]);
      expect(numbers(forward.run(image(7)))).toEqual([14]);
      expect(numbers(forward.run(image(1, 1)))).toEqual([2, 2]);
      expect(counts).toEqual({ recorded: 1, replayed: 3, disposed: 0 });
      forward.dispose();
      expect(counts.disposed).toBe(1);
    });
  });

  it('records two shapes and no more', () => {
    scope(() => {
      const { counts, record } = recorder();
      const forward = new RecordedForward(double, record);
      for (const side of [1, 2, 3, 1, 2, 3, 3]) {
        const ones = image(...Array<number>(side).fill(1));
        expect(numbers(forward.run(ones))).toEqual(Array(side).fill(2));
      }
      expect(counts.recorded).toBe(2);
      forward.dispose();
    });
  });

  it('goes on as it is where the work cannot be recorded', () => {
    scope(() => {
      let asked = 0;
      const forward = new RecordedForward(double, () => {
        asked++;
        throw new TorchError('operation not permitted when stream is capturing', { remedy: 'none' });
      });
      for (let i = 1; i < 5; i++) expect(numbers(forward.run(image(i)))).toEqual([2 * i]);
      expect(asked).toBe(1);
      forward.dispose();
    });
  });

  it('outlives the scopes of the calls', () => {
    const { record } = recorder();
    const forward = new RecordedForward(double, record);
    for (let i = 1; i < 5; i++)
      scope(() => expect(numbers(forward.run(image(i, i)))).toEqual([2 * i, 2 * i]));
    forward.dispose();
  });
});
