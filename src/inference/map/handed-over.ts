/** The memory that a message can hand over instead of copying it. */
export function handedOver(arrays: readonly (Uint8Array | Float32Array | null | undefined)[]): ArrayBuffer[] {
  // Parts of a larger buffer stay: what else lies in it may be in use.
  const whole = arrays.flatMap((array) =>
    array?.buffer instanceof ArrayBuffer && array.byteLength === array.buffer.byteLength
      ? [array.buffer]
      : [],
  );
  return [...new Set(whole)];
}
