import { InvalidArgumentError as UsageError } from 'commander';

/** One of several folds, counted from 1. */
export interface Fold {
  readonly fold: number;
  readonly of: number;
}

/** `2/5`. @throws UsageError */
export function parseFold(text: string): Fold {
  const [, fold, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const place = { fold: Number(fold), of: Number(of) };
  if (place.of >= 2 && place.fold >= 1 && place.fold <= place.of) return place;
  throw new UsageError(`"${text}" is not a fold; write 1/5 to 5/5`);
}
