import { CombinationInputError } from '../errors.ts';
import { majorityVote } from '../votes/class-vote.ts';
import { assembleClasses, selectClasses } from './assembly.ts';
import { memberOf } from './check-combination.ts';
import { asClasses, asProbabilities, type Layer, type ScoreLayer } from './layers.ts';
import { meanClasses, type WeighedMember } from './mean-classes.ts';
import { meanLogits, meanOf, type WeightedLayer } from './means.ts';
import type { Rule } from './rule.ts';
import { classesAbove } from './thresholds.ts';

/** Multiplies the probabilities of each class by a factor of its own, which moves the borders between classes. */
function applyFactors(layer: ScoreLayer, factors: readonly number[]): ScoreLayer {
  const pixels = layer.data.length / factors.length;
  const data = new Float32Array(layer.data.length);
  for (const [index, factor] of factors.entries()) {
    const scale = factor / layer.one;
    for (let i = index * pixels; i < (index + 1) * pixels; i++)
      data[i] = scale * Math.max(0, layer.data[i]! || 0);
  }
  return { kind: 'probabilities', data, one: 1 };
}

const hasOneWeight = (member: WeightedLayer): member is WeighedMember => typeof member.weight === 'number';

/**
 * Combines the layers of a window as a rule says.
 * @param layers by the name of their input; all of the same pixels.
 * @param wanted where only classes are asked for, means may leave out what does not change them.
 */
export function applyRule(
  rule: Rule,
  layers: ReadonlyMap<string, Layer>,
  classes: number,
  { wanted = 'probabilities' }: { readonly wanted?: 'classes' | 'probabilities' } = {},
): Layer {
  if (typeof rule === 'string') return layers.get(rule)!;
  const of = (part: Rule) => applyRule(part, layers, classes);
  const classesOf = (part: Rule) => asClasses(of(part), classes);
  switch (rule.kind) {
    case 'vote': {
      const members = rule.of.map(memberOf);
      const data = majorityVote(
        members.map(({ take }) => classesOf(take)),
        classes,
        {
          weights: members.map(({ weight }) => weight as number),
          ...(rule.ties === undefined ? {} : { ties: rule.ties }),
          ...(rule.least === undefined ? {} : { least: rule.least }),
          ...(rule.class === undefined ? {} : { only: rule.class }),
          ...(rule.otherwise === undefined ? {} : { otherwise: rule.otherwise }),
        },
      );
      return { kind: 'classes', data };
    }
    case 'select': {
      const steps = rule.steps.map(({ class: index, take }) => ({
        class: index,
        prediction: classesOf(take),
      }));
      return { kind: 'classes', data: selectClasses(classesOf(rule.base), steps) };
    }
    case 'assemble': {
      const parts = rule.layers.map(({ take, classes: taken }) => ({
        prediction: classesOf(take),
        classes: taken,
      }));
      return { kind: 'classes', data: assembleClasses(parts, rule.fill) };
    }
    case 'factors':
      return applyFactors(asProbabilities(of(rule.of), classes), rule.factors);
    case 'thresholds': {
      const { data } = asProbabilities(of(rule.of), classes);
      return { kind: 'classes', data: classesAbove(data, rule.thresholds, rule.otherwise ?? null) };
    }
    case 'mean_logits':
      return meanLogits(
        rule.of.map(memberOf).map(({ take, weight }) => {
          const layer = of(take);
          if (layer.kind === 'logits') return { layer, weight: weight as number };
          throw new CombinationInputError(`a mean of logits over ${layer.kind}`, {
            remedy:
              'write "kind: logits" beside the inputs that hold logits, or take a mean of probabilities',
          });
        }),
      );
    default: {
      const members = rule.of.map(memberOf);
      const weighted = members.map(({ take, weight }) => ({
        layer: asProbabilities(of(take), classes),
        weight,
      }));
      if (wanted === 'classes' && rule.kind === 'mean' && weighted.every(hasOneWeight)) {
        const data = meanClasses(weighted.filter(hasOneWeight), classes);
        if (data !== null) return { kind: 'classes', data };
      }
      return meanOf(weighted, rule.kind, classes, { normalised: wanted === 'probabilities' });
    }
  }
}
