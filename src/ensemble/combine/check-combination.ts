import { CombinationRuleError } from '../errors.ts';
import { keyPlace, type PlaceOf } from '../rule-file.ts';
import type { Combination, Rule, RuleMember } from './rule.ts';

/** A member with its weight, 1 where none is written. */
export function memberOf(member: Rule | RuleMember): { take: Rule; weight: number | readonly number[] } {
  if (typeof member === 'string' || 'kind' in member) return { take: member, weight: 1 };
  return { take: member.take, weight: member.weight ?? 1 };
}

/** A part of a rule and its keys from the top of the file. */
interface Part {
  readonly part: Rule;
  readonly path: readonly (string | number)[];
}

/** The parts that a rule is made of, itself first. */
function* partsOf(part: Rule, path: Part['path']): Generator<Part> {
  yield { part, path };
  if (typeof part === 'string') return;
  if (part.kind === 'select') {
    yield* partsOf(part.base, [...path, 'base']);
    for (const [i, { take }] of part.steps.entries()) yield* partsOf(take, [...path, 'steps', i, 'take']);
  } else if (part.kind === 'assemble') {
    for (const [i, { take }] of part.layers.entries()) yield* partsOf(take, [...path, 'layers', i, 'take']);
  } else if (part.kind === 'factors' || part.kind === 'thresholds') yield* partsOf(part.of, [...path, 'of']);
  else {
    for (const [i, member] of part.of.entries()) {
      const weighted = typeof member === 'object' && 'take' in member;
      yield* partsOf(memberOf(member).take, [...path, 'of', i, ...(weighted ? ['take'] : [])]);
    }
  }
}

function classesNamed(rule: Exclude<Rule, string>): number[] {
  if (rule.kind === 'select') return rule.steps.map((step) => step.class);
  if (rule.kind === 'assemble') return rule.layers.flatMap(({ classes }) => [...classes]);
  if (rule.kind === 'vote' && rule.class !== undefined) return [rule.class];
  return [];
}

/** What a rule gives: classes, or numbers for each class. */
function givesClasses(rule: Rule): boolean {
  return typeof rule !== 'string' && ['vote', 'select', 'assemble', 'thresholds'].includes(rule.kind);
}

/**
 * Checks that a combination names only inputs it has, uses all of them, and fits its number of classes.
 * @param placeOf where the parts stand in the file they were read from
 * @throws {CombinationRuleError}
 */
export function checkCombination(combination: Combination, placeOf: PlaceOf = keyPlace): void {
  const { classes, inputs, rule, crf, sieve, output } = combination;
  const failAt = (path: Part['path'], problem: string, remedy: string) =>
    new CombinationRuleError(problem, { ...placeOf(path), remedy });
  const used = new Set<string>();
  for (const { part, path } of partsOf(rule, ['rule'])) {
    const fail = (problem: string, remedy: string) => failAt(path, problem, remedy);
    if (typeof part === 'string') {
      used.add(part);
      if (Object.hasOwn(inputs, part)) continue;
      throw fail(`the rule names "${part}"`, `name one of the inputs: ${Object.keys(inputs).join(', ')}`);
    }
    for (const index of classesNamed(part)) {
      if (index >= classes) throw fail(`class ${index} of ${classes}`, 'classes count from 0');
    }
    const lists =
      part.kind === 'factors' ? [part.factors] : part.kind === 'thresholds' ? [part.thresholds] : [];
    const members = 'of' in part && Array.isArray(part.of) ? part.of.map(memberOf) : [];
    if (part.kind === 'vote' && part.class !== undefined && part.least === undefined) {
      throw fail('a vote over one class does not say how many votes it needs', 'write "least: 2" beside it');
    }
    const votes = members.reduce((sum, { weight }) => sum + (typeof weight === 'number' ? weight : 0), 0);
    if (part.kind === 'vote' && part.least !== undefined && part.least > votes) {
      throw fail(`${part.least} votes of ${votes}`, 'ask for no more votes than there are');
    }
    for (const { weight } of members) {
      if (typeof weight === 'number') continue;
      if (part.kind === 'vote' || part.kind === 'mean_logits') {
        throw fail(`weights by class in a ${part.kind}`, 'give one weight a member');
      }
      lists.push(weight);
    }
    for (const list of lists) {
      if (list.length !== classes)
        throw fail(`${list.length} numbers for ${classes} classes`, 'give one a class');
    }
  }
  for (const name of Object.keys(inputs)) {
    if (used.has(name)) continue;
    throw failAt(['inputs', name], `the rule does not use the input "${name}"`, 'use it or take it out');
  }
  if (output === 'probabilities' && crf === undefined && givesClasses(rule)) {
    throw failAt(['output'], 'the rule gives classes, not probabilities', 'write output: classes');
  }
  if (output === 'probabilities' && sieve !== undefined) {
    const problem = 'small regions are removed from classes, not from probabilities';
    throw failAt(['output'], problem, 'write output: classes');
  }
}
