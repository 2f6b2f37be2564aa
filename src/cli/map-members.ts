import { resolve } from 'node:path';
import type { MapMember } from '../workflows/map-predictor.ts';
import { FlagError } from './class-options.ts';
import { refuseStatisticsByImage } from './map-request.ts';
import { describeFromFlags, type NetworkFlags } from './network-flags.ts';

/** Flags of further networks. */
export interface MemberFlags {
  readonly also?: readonly string[];
  readonly weights?: string;
}

/** `2,1` (a number a network) or `1,0.5,1;1,2,1` (networks apart by semicolons, a number a class). */
export function parseMemberWeights(text: string): (number | number[])[] {
  const numbers = (part: string) => part.split(',').map(Number);
  const weights = text.includes(';') ? text.split(';').map(numbers) : numbers(text);
  if (weights.flat().every((weight) => weight >= 0)) return weights;
  throw new FlagError(`"${text}" holds something that is no weight`, {
    key: '--weights',
    remedy: 'write a number a network (2,1), or one a class with networks apart by semicolons (1,0.5;1,2)',
  });
}

/** The networks that predict together with the first. Ours describe themselves; flags describe the others. */
export async function membersOfFlags(flags: NetworkFlags & MemberFlags): Promise<{
  members: MapMember[];
  memberWeights: (number | number[])[];
}> {
  const members: MapMember[] = [];
  for (const model of flags.also ?? []) {
    const description = await describeFromFlags({ ...flags, model });
    refuseStatisticsByImage(description.normalization);
    members.push({ description, weights: resolve(model) });
  }
  const memberWeights = flags.weights === undefined ? [] : parseMemberWeights(flags.weights);
  if (flags.weights !== undefined && memberWeights.length !== members.length + 1) {
    throw new FlagError(`${memberWeights.length} weights are given for ${members.length + 1} networks`, {
      key: '--weights',
      remedy: 'give one a network: --model first, then --also in their order',
    });
  }
  return { members, memberWeights };
}
