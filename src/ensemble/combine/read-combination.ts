import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { CombinationRuleError } from '../errors.ts';
import {
  type Combination,
  type CombinationInput,
  combinationSchema,
  type Rule,
  type RuleMember,
} from './rule.ts';

/** A member with its weight, 1 where none is written. */
export function memberOf(member: Rule | RuleMember): { take: Rule; weight: number | readonly number[] } {
  if (typeof member === 'string' || 'kind' in member) return { take: member, weight: 1 };
  return { take: member.take, weight: member.weight ?? 1 };
}

/** The parts that a rule is made of, itself first. */
function* partsOf(rule: Rule): Generator<Rule> {
  yield rule;
  if (typeof rule === 'string') return;
  if (rule.kind === 'select') {
    yield* partsOf(rule.base);
    for (const { take } of rule.steps) yield* partsOf(take);
  } else if (rule.kind === 'assemble') {
    for (const { take } of rule.layers) yield* partsOf(take);
  } else if (rule.kind === 'factors' || rule.kind === 'thresholds') yield* partsOf(rule.of);
  else for (const member of rule.of) yield* partsOf(memberOf(member).take);
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
 * @throws {CombinationRuleError}
 */
export function checkCombination(combination: Combination, file?: string): void {
  const { classes, inputs, rule, crf, sieve, output } = combination;
  const fail = (problem: string, remedy: string) => new CombinationRuleError(problem, { file, remedy });
  const parts = [...partsOf(rule)];
  const used = new Set(parts.filter((part) => typeof part === 'string'));
  for (const name of used) {
    if (!Object.hasOwn(inputs, name)) {
      throw fail(`the rule names "${name}"`, `name one of the inputs: ${Object.keys(inputs).join(', ')}`);
    }
  }
  for (const name of Object.keys(inputs)) {
    if (!used.has(name)) throw fail(`the rule does not use the input "${name}"`, 'use it or take it out');
  }
  for (const part of parts) {
    if (typeof part === 'string') continue;
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
  if (output === 'probabilities' && crf === undefined && givesClasses(rule)) {
    throw fail('the rule gives classes, not probabilities', 'write output: classes');
  }
  if (output === 'probabilities' && sieve !== undefined) {
    throw fail('small regions are removed from classes, not from probabilities', 'write output: classes');
  }
}

/**
 * Reads a combination from YAML; paths start from the file's folder.
 * @throws {CombinationRuleError} naming what is wrong.
 */
export async function readCombination(file: string): Promise<Combination> {
  const remedy = 'write classes, inputs (names and paths) and a rule, as docs/ensembles.md shows';
  let values: unknown;
  try {
    values = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new CombinationRuleError('the rule cannot be read', { file, remedy, cause });
  }
  const result = combinationSchema.safeParse(values);
  if (!result.success) throw new CombinationRuleError(z.prettifyError(result.error), { file, remedy });
  const inputs = Object.fromEntries(
    Object.entries(result.data.inputs).map(([name, input]): [string, CombinationInput] => {
      const spelled = typeof input === 'string' ? { path: input } : input;
      return [name, { ...spelled, path: resolve(dirname(file), spelled.path) }];
    }),
  );
  const { crf } = result.data;
  const followed =
    crf?.image === undefined ? {} : { crf: { ...crf, image: resolve(dirname(file), crf.image) } };
  const combination = { ...result.data, inputs, ...followed };
  checkCombination(combination, file);
  return combination;
}
