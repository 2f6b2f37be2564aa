import type { DType } from './dtype.ts';
import { native } from './native.ts';

function withGrad<T>(on: boolean, body: () => T): T {
  const bridge = native();
  const before = bridge.gradEnabled();
  bridge.setGradEnabled(on);
  try {
    return body();
  } finally {
    bridge.setGradEnabled(before);
  }
}

/** Runs `body` without recording for gradients. */
export function noGrad<T>(body: () => T): T {
  return withGrad(false, body);
}

/** Runs `body` recording for gradients, inside a {@link noGrad} region too. */
export function enableGrad<T>(body: () => T): T {
  return withGrad(true, body);
}

/**
 * Runs `body` in inference mode: faster than {@link noGrad}, but tensors made here can never enter autograd, so load
 * weights outside.
 */
export function inferenceMode<T>(body: () => T): T {
  const bridge = native();
  bridge.pushInferenceMode();
  try {
    return body();
  } finally {
    bridge.popInferenceMode();
  }
}

/** Which device casts, and to which type. */
export interface AutocastOptions {
  /** `cpu` or `cuda`; the kind matters, not the number. */
  device: string;
  /** bfloat16 on a CPU; float16 or bfloat16 on CUDA. */
  dtype: Extract<DType, 'bfloat16' | 'float16'>;
  /** false switches casting off inside a casting region. */
  enabled?: boolean;
}

/** Runs `body` with automatic casting of matrix products and convolutions to a 16-bit type. */
export function autocast<T>({ device, dtype, enabled = true }: AutocastOptions, body: () => T): T {
  const bridge = native();
  bridge.pushAutocast(device, dtype, enabled);
  try {
    return body();
  } finally {
    bridge.popAutocast();
  }
}
