// LZW as TIFF 6.0 §13 has it: codes of 9 to 12 bits, most significant bit first, widened one code early.
const clear = 256;
const end = 257;
const firstFree = 258;
/** The table is started afresh before this code, as libtiff does. */
const fullTable = 4094;

/** Hash slots for (prefix, byte) pairs; a prime well above 4096 keeps chains short. */
const slots = 9001;

/** Compress bytes by LZW. */
export function encodeLzw(input: Uint8Array): Uint8Array {
  const output = Buffer.allocUnsafe(Math.ceil(input.length * 1.5) + 16);
  const keys = new Int32Array(slots);
  const codes = new Uint16Array(slots);
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  let width = 9;
  let next = firstFree;

  const emit = (code: number) => {
    bits = (bits << width) | code;
    bitCount += width;
    while (bitCount >= 8) {
      bitCount -= 8;
      output[length++] = (bits >> bitCount) & 255;
    }
    bits &= (1 << bitCount) - 1;
  };
  const reset = () => {
    keys.fill(-1);
    next = firstFree;
  };

  reset();
  emit(clear);
  let prefix = input[0] ?? end;
  for (let index = 1; index < input.length; index++) {
    const byte = input[index]!;
    const key = (prefix << 8) | byte;
    let slot = key % slots;
    while (keys[slot] !== -1 && keys[slot] !== key) slot = slot === slots - 1 ? 0 : slot + 1;
    if (keys[slot] === key) {
      prefix = codes[slot]!;
      continue;
    }
    emit(prefix);
    keys[slot] = key;
    codes[slot] = next++;
    prefix = byte;
    if (next === fullTable) {
      emit(clear);
      reset();
      width = 9;
    } else if (next > (1 << width) - 1) {
      width++;
    }
  }
  if (prefix !== end) {
    emit(prefix);
    next++;
    if (next === fullTable) {
      emit(clear);
      width = 9;
    } else if (next > (1 << width) - 1) {
      width++;
    }
  }
  emit(end);
  if (bitCount > 0) output[length++] = (bits << (8 - bitCount)) & 255;
  return output.subarray(0, length);
}

/** Expand LZW codes to `size` bytes; what a cut stream lacks stays zero. */
export function decodeLzw(input: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  // Each code stands for a stretch of the output: where it starts and how long it is.
  const starts = new Int32Array(4097);
  const lengths = new Int32Array(4097);
  let length = 0;
  let position = 0;
  let bits = 0;
  let bitCount = 0;
  let width = 9;
  let next = firstFree;
  let previous = -1;
  while (length < size) {
    while (bitCount < width && position < input.length) {
      bits = ((bits << 8) | input[position++]!) & 0xffffff;
      bitCount += 8;
    }
    if (bitCount < width) break;
    bitCount -= width;
    const code = (bits >> bitCount) & ((1 << width) - 1);
    if (code === end) break;
    if (code === clear) {
      width = 9;
      next = firstFree;
      previous = -1;
      continue;
    }
    const start = length;
    if (code < 256) output[length++] = code;
    else {
      // The one code not defined yet is the previous string and its own first byte, which lie right here already.
      const from = code < next ? starts[code]! : previous;
      const count = code < next ? lengths[code]! : start - previous + 1;
      for (let index = 0; index < count && length < size; index++) output[length++] = output[from + index]!;
    }
    if (previous >= 0 && next <= 4096) {
      starts[next] = previous;
      lengths[next] = start - previous + 1;
      next++;
    }
    if (next >= (1 << width) - 1 && width < 12) width++;
    previous = start;
  }
  return output;
}
