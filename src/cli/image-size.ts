import { Option, InvalidArgumentError as UsageError } from 'commander';

/** A size, `224x224`, or one number for a square. @throws UsageError */
export function parseImageSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height ?? width) };
  if (size.width >= 1 && size.height >= 1) return size;
  throw new UsageError(`"${text}" is not a size; write 224x224`);
}

/** The option that says how large the images of a submission are. */
export function imageSizeOption(): Option {
  return new Option('--size <w>x<h>', 'size of the images')
    .argParser(parseImageSize)
    .default(parseImageSize('224x224'), '224x224');
}
