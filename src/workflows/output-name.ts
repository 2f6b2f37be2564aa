import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MapOutputConfig } from '../config/index.ts';
import { OutputExistsError } from '../core/index.ts';

/**
 * Path of a map: the name that is asked for, or, where names are to be numbered and it is taken, the first free of
 * `NAME_1.tif`, `NAME_2.tif`, …
 * @throws OutputExistsError when it is taken and may be neither replaced nor numbered
 */
export function mapOutputPath({ folder, name, existing }: MapOutputConfig): string {
  const path = join(folder, name);
  if (existing === 'overwrite' || !existsSync(path)) return path;
  if (existing === 'error') throw new OutputExistsError(path);
  const stem = path.replace(/\.tif$/, '');
  for (let number = 1; ; number++) {
    const numbered = `${stem}_${number}.tif`;
    if (!existsSync(numbered)) return numbered;
  }
}
