import { describe, expect, it } from 'vitest';
import type { HardwareConfig } from '../../config/index.ts';
import { worldOf } from './world.ts';

const hardware = (change: Partial<HardwareConfig>): HardwareConfig => ({
  ...{ device: 'auto', devices: 1, nodes: 1, strategy: 'auto', threads: null, precision: 'fp32' },
  channelsLast: false,
  ...change,
});

describe('who trains', () => {
  it('is one process unless more devices are wanted', () => {
    expect(worldOf(hardware({}), 0, {})).toMatchObject({ size: 1, rank: 0, master: null });
    expect(worldOf(hardware({ devices: 4 }), 0, {}).size).toBe(1);
    expect(worldOf(hardware({ devices: 'all' }), 4, {}).size).toBe(4);
    expect(worldOf(hardware({ devices: 'all', device: 'cpu' }), 4, {}).size).toBe(1);
    expect(worldOf(hardware({ devices: 3, device: 'cpu' }), 0, {}).localSize).toBe(3);
  });

  it('needs the GPUs to be there', () => {
    expect(() => worldOf(hardware({ devices: 3 }), 2, {})).toThrow('3 GPUs are wanted');
    expect(() => worldOf(hardware({ devices: 2, device: 'cuda:1' }), 2, {})).toThrow('cuda:1 is one');
  });

  it('takes a machine’s place from the environment, as torchrun names it', () => {
    const environment = { MASTER_ADDR: 'first', MASTER_PORT: '1234', NODE_RANK: '1', ARPENT_JOB_TOKEN: 'x' };
    const two = hardware({ device: 'cpu', devices: 2, nodes: 2 });
    const master = { host: 'first', port: 1234, token: 'x' };
    expect(worldOf(two, 0, environment)).toEqual({
      ...{ size: 4, localSize: 2, nodes: 2, node: 1, rank: 2 },
      master,
    });
    const { MASTER_PORT: _, ...withoutPort } = environment;
    expect(worldOf(two, 0, { ...withoutPort, WORLD_SIZE: '4' }).master?.port).toBe(29_500);
    expect(() => worldOf(two, 0, { ...environment, WORLD_SIZE: '8' })).toThrow('WORLD_SIZE is 8');
    expect(() => worldOf(two, 0, { ...environment, NODE_RANK: '2' })).toThrow('there are 2 machines');
    expect(() => worldOf(two, 0, { ...environment, NODE_RANK: 'one' })).toThrow('NODE_RANK is "one"');
    for (const name of ['MASTER_ADDR', 'NODE_RANK', 'ARPENT_JOB_TOKEN']) {
      expect(() => worldOf(two, 0, { ...environment, [name]: '' })).toThrow(`${name} is not set`);
    }
  });
});
