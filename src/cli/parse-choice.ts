import { InvalidArgumentError as UsageError } from 'commander';

const listed = (choices: readonly string[]) => `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;

/** Reads one of a few words. The function it returns throws a UsageError that names them all. */
export function parseChoice<Choice extends string>(...choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw new UsageError(`"${text}" is not ${listed(choices)}`);
  };
}

/** Reads some of a few words, with commas between. The function it returns throws a UsageError that names them all. */
export function parseChoices<Choice extends string>(
  ...choices: readonly Choice[]
): (text: string) => Choice[] {
  const one = parseChoice(...choices);
  return (text) => text.split(',').map((part) => one(part.trim()));
}

/** How masks stand for classes. */
export const parseMasks = parseChoice('one-based', 'zero-based', 'colors', 'values');

/** How pixels are numbered in run-length texts. */
export const parseOrder = parseChoice('row', 'column');
