import { z } from 'zod';
import type { MeanKind } from './means.ts';
import { type CombinationSieve, type CrfRule, crfSchema, sieveSchema } from './smoothing.ts';

/** A member of a mean or a vote: a part of the rule, and its weight (for means also one a class). */
export interface RuleMember {
  readonly take: Rule;
  readonly weight?: number | readonly number[] | undefined;
}

/** How predictions become one: the name of an input, or a step over other parts. */
export type Rule =
  | string
  | { readonly kind: MeanKind | 'mean_logits'; readonly of: readonly (Rule | RuleMember)[] }
  | {
      readonly kind: 'vote';
      readonly of: readonly (Rule | RuleMember)[];
      readonly ties?: 'lowest-class' | 'first-member' | undefined;
      /** Votes (or weight) that a class needs. */
      readonly least?: number | undefined;
      /** Count the votes for this class alone: k of n. */
      readonly class?: number | undefined;
      /** What a pixel is where no class has enough votes. Default 255, no class. */
      readonly otherwise?: number | undefined;
    }
  | {
      readonly kind: 'select';
      readonly base: Rule;
      readonly steps: readonly { readonly class: number; readonly take: Rule }[];
    }
  | {
      readonly kind: 'assemble';
      readonly layers: readonly { readonly take: Rule; readonly classes: readonly number[] }[];
      readonly fill?: number | undefined;
    }
  | { readonly kind: 'factors'; readonly of: Rule; readonly factors: readonly number[] }
  | {
      readonly kind: 'thresholds';
      readonly of: Rule;
      /** Least share of the pixel's probabilities that gives it the class, 0–1, one a class. */
      readonly thresholds: readonly number[];
      /** What a pixel is where no class reaches its threshold. Default the most probable class. */
      readonly otherwise?: number | undefined;
    };

const index = z.number().int().min(0).max(254);
const anyValue = z.number().int().min(0).max(255);
const weight = z.union([z.number().positive(), z.array(z.number().min(0)).min(1)]);

/** A rule as YAML files write it. */
export const ruleSchema: z.ZodType<Rule> = z.lazy(() =>
  z.union(
    [
      z.string().min(1),
      z.strictObject({ kind: z.enum(['mean', 'geometric', 'harmonic', 'mean_logits']), of: membersSchema }),
      z.strictObject({
        kind: z.literal('vote'),
        of: membersSchema,
        ties: z.enum(['lowest-class', 'first-member']).optional(),
        least: z.number().positive().optional(),
        class: index.optional(),
        otherwise: anyValue.optional(),
      }),
      z.strictObject({
        kind: z.literal('select'),
        base: ruleSchema,
        steps: z.array(z.strictObject({ class: index, take: ruleSchema })).min(1),
      }),
      z.strictObject({
        kind: z.literal('assemble'),
        layers: z.array(z.strictObject({ take: ruleSchema, classes: z.array(index).min(1) })).min(1),
        fill: anyValue.optional(),
      }),
      z.strictObject({
        kind: z.literal('factors'),
        of: ruleSchema,
        factors: z.array(z.number().positive()).min(1),
      }),
      z.strictObject({
        kind: z.literal('thresholds'),
        of: ruleSchema,
        thresholds: z.array(z.number().min(0).max(1)).min(1),
        otherwise: anyValue.optional(),
      }),
    ],
    {
      error:
        'this is no rule: write the name of an input, or kind: mean, geometric, harmonic, mean_logits, vote, select, assemble, factors or thresholds with what belongs to it',
    },
  ),
);
const membersSchema: z.ZodType<(Rule | RuleMember)[]> = z.lazy(() =>
  z.array(z.union([ruleSchema, z.strictObject({ take: ruleSchema, weight: weight.optional() })])).min(1),
);

const inputSchema = z.strictObject({
  path: z.string().min(1),
  kind: z.enum(['classes', 'probabilities', 'logits']).optional(),
  first: z.number().int().min(0).max(255).optional(),
  one: z.number().positive().optional(),
});

/** The file that `arpent ensemble combine` reads. */
export const combinationSchema = z.strictObject({
  classes: z.number().int().min(2).max(254),
  inputs: z.record(z.string().min(1), z.union([z.string().min(1), inputSchema])),
  rule: ruleSchema,
  crf: crfSchema.optional(),
  sieve: sieveSchema.optional(),
  output: z.enum(['classes', 'probabilities']).default('classes'),
});

/** One raster (or folder of rasters) that a rule combines. */
export interface CombinationInput {
  /** A raster, or a folder whose rasters go by the same names in every input. */
  readonly path: string;
  /** Default: one band holds classes, several hold probabilities. */
  readonly kind?: 'classes' | 'probabilities' | 'logits' | undefined;
  /** For classes: the value of class 0 (1 in FLAIR's masks); lower values have no class. Default 0. */
  readonly first?: number | undefined;
  /** For probabilities: the number that stands for 1. Default 255 for 8 bits, 65535 for 16, else 1. */
  readonly one?: number | undefined;
}

/** Inputs by name, how they are combined, and what is written. */
export interface Combination {
  readonly classes: number;
  readonly inputs: Readonly<Record<string, CombinationInput>>;
  readonly rule: Rule;
  /** Smooths what the rule gives. */
  readonly crf?: CrfRule | undefined;
  /** Removes small regions of the classes. */
  readonly sieve?: CombinationSieve | undefined;
  readonly output: 'classes' | 'probabilities';
}
