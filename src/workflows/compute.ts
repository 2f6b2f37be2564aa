import type { HardwareConfig } from '../config/index.ts';
import { cudaDeviceCount, type Device, setNumThreads } from '../engine/index.ts';
import { isOnnxFile, type LoadPredictorOptions, type OnnxProvider } from '../inference/index.ts';
import type { ComputeOptions } from '../training/index.ts';
import { DeviceNotFoundError } from './errors.ts';

/** The device a configuration means: `auto` takes CUDA where there is one. @throws DeviceNotFoundError */
export function chooseDevice(wanted: HardwareConfig['device']): Device {
  if (wanted === 'cpu') return 'cpu';
  const count = cudaDeviceCount();
  if (wanted === 'auto') return count > 0 ? 'cuda' : 'cpu';
  const index = wanted === 'cuda' ? 0 : Number(wanted.slice('cuda:'.length));
  if (index >= count) {
    throw new DeviceNotFoundError(
      count === 0 ? 'no CUDA device can be used' : `there is no device ${wanted}; ${count} can be used`,
      { key: 'device', remedy: 'choose cpu or auto; `arpent doctor` lists the devices' },
    );
  }
  return wanted;
}

/** Settles device and threads, and says how a network computes. */
export function prepareCompute({ device, threads, precision, channelsLast }: HardwareConfig): ComputeOptions {
  if (threads !== null) setNumThreads(threads);
  return { device: chooseDevice(device), precision, channelsLast };
}

/** What a network predicts with: libtorch as {@link prepareCompute} settles it, or ONNX Runtime, without asking libtorch. */
export function predictorCompute(
  weights: string,
  hardware: HardwareConfig,
  provider?: OnnxProvider,
): LoadPredictorOptions {
  if (!isOnnxFile(weights)) return prepareCompute(hardware);
  const { device, threads } = hardware;
  return {
    device: device === 'auto' ? 'cpu' : device,
    ...(provider === undefined ? {} : { provider }),
    ...(threads === null ? {} : { threads }),
  };
}
