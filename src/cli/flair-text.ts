import { explainConfig, type RunConfig, showValue } from '../config/index.ts';

/** The configuration as IGN's `flair` prints it: key by key, in the order of the schema. */
export async function configurationText(file: string): Promise<string> {
  const { keys } = await explainConfig(file, { checkFiles: false });
  return ['CONFIGURATION', ...keys.map(({ key, value }) => `|- ${key}: ${showValue(value)}`)].join('\n');
}

/** How many patches each part of a run has, as IGN's `flair` prints it. */
export function dataSplitText(
  { tasks }: RunConfig,
  counts: { readonly train: number; readonly validation: number; readonly test: number },
): string {
  const lines = [
    ...(tasks.train ? [`|- train: ${counts.train} samples`, `|- val: ${counts.validation} samples`] : []),
    ...(tasks.predict ? [`|- test: ${counts.test} samples`] : []),
  ];
  return ['DATA SPLIT', ...lines].join('\n');
}
