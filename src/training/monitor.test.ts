import { describe, expect, it } from 'vitest';
import { MonitorError } from './errors.ts';
import { Monitor } from './monitor.ts';

const watch = (options: Partial<ConstructorParameters<typeof Monitor>[0]>, values: number[]) => {
  const monitor = new Monitor({ monitor: 'val_loss', mode: 'min', patience: 2, minDelta: 0, ...options });
  return values.map((value, epoch) => monitor.update(epoch, { val_loss: value }));
};

describe('Monitor', () => {
  it('knows the best epoch and stops after as many epochs without progress as are borne', () => {
    expect(watch({}, [3, 2, 2.5, 2.5])).toEqual([
      { improved: true, stop: false },
      { improved: true, stop: false },
      { improved: false, stop: false },
      { improved: false, stop: true },
    ]);
  });

  it('takes larger values for better when asked, and small changes for none', () => {
    const results = watch({ mode: 'max', minDelta: 0.5 }, [1, 1.2, 1.4]);
    expect(results.map(({ improved }) => improved)).toEqual([true, true, true]);
    expect(results.at(-1)?.stop).toBe(true);
  });

  it('takes NaN for the best only while there is nothing else', () => {
    expect(watch({}, [Number.NaN, 1])).toEqual([
      { improved: true, stop: false },
      { improved: true, stop: false },
    ]);
  });

  it('goes on from a saved state', () => {
    const first = new Monitor({ monitor: 'val_loss', mode: 'min', patience: 2, minDelta: 0 });
    first.update(0, { val_loss: 1 });
    first.update(1, { val_loss: 2 });
    const second = new Monitor({ monitor: 'val_loss', mode: 'min', patience: 2, minDelta: 0 });
    second.setState(JSON.parse(JSON.stringify(first.getState())));
    expect(second.update(2, { val_loss: 2 })).toEqual({ improved: false, stop: true });
  });

  it('names the values there are when the monitored one is not logged', () => {
    const monitor = new Monitor({ monitor: 'val_iou_lava', mode: 'max', patience: null, minDelta: 0 });
    expect(() => monitor.update(0, { val_loss: 1 })).toThrow(MonitorError);
    expect(() => monitor.update(0, { val_loss: 1 })).toThrow('choose one of val_loss');
  });
});
