/** An accepted format, and the ending under which its files are kept. */
export interface UploadFormat {
  readonly name: string;
  readonly ending: string;
}

const FORMATS: readonly (UploadFormat & { readonly magic: RegExp })[] = [
  { name: 'TIFF', ending: '.tif', magic: /^(49492a00|4d4d002a|49492b00|4d4d002b)/ },
  { name: 'PNG', ending: '.png', magic: /^89504e470d0a1a0a/ },
  { name: 'JPEG', ending: '.jpg', magic: /^ffd8ff/ },
  { name: 'JPEG 2000', ending: '.jp2', magic: /^(0000000c6a5020200d0a870a|ff4fff51)/ },
  { name: 'WebP', ending: '.webp', magic: /^52494646.{8}57454250/ },
];

/** The format of an image by its first 16 bytes, whatever its name says; null for any other file. */
export function imageFormat(head: Uint8Array): UploadFormat | null {
  const hex = Buffer.from(head.subarray(0, 16)).toString('hex');
  return FORMATS.find(({ magic }) => magic.test(hex)) ?? null;
}

/**
 * ONNX files have no mark of their own: they are protocol buffers that begin with the version of the format (field 1, a
 * small number) and go on with the producer's name or the next fields. What lies behind is read in a process that may die.
 */
export function modelFormat(head: Uint8Array): UploadFormat | null {
  const [tag, version = 0, next = 0] = head;
  const begins = tag === 0x08 && version > 0 && version < 32 && (next & 7) <= 2;
  return begins ? { name: 'ONNX', ending: '.onnx' } : null;
}
