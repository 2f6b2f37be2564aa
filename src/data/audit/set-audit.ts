import { ArpentError } from '../../core/index.ts';
import type { BadPatch } from '../loader.ts';
import type { Patch } from '../patch-list.ts';
import { readAhead } from '../read-ahead.ts';
import type { ChannelStatistics } from './channel-statistics.ts';
import { type InspectOptions, inspectPatch, type PatchFacts } from './inspect-patch.ts';

/** How often each value of a property occurs, by its text. */
export type Tally = Map<string, number>;

/** What the patches of one list are, taken together. */
export interface SetAudit {
  /** `train`, or the name of the list. */
  readonly name: string;
  readonly patches: number;
  /** `512 × 512` → patches, and so on. */
  readonly sizes: Tally;
  readonly bands: Tally;
  readonly dataTypes: Tally;
  readonly crs: Tally;
  /** Metres a pixel, to a millimetre. */
  readonly resolutions: Tally;
  /** One for each channel looked at; a channel that some patches lack has fewer pixels. */
  readonly channels: readonly ChannelStatistics[];
  /** Pixels, and patches, by mask value. */
  readonly maskValues: Map<number, { pixels: number; patches: number }>;
  readonly withoutMask: number;
  /** Hash of the pixels and path of each image that could be read, for duplicates. */
  readonly images: readonly { readonly path: string; readonly pixelHash: string }[];
  readonly bad: readonly BadPatch[];
}

/** How lists are audited. */
export interface AuditOptions extends InspectOptions {
  /** Patches read at once. Default 4. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const count = (tally: Tally, key: string): void => {
  tally.set(key, (tally.get(key) ?? 0) + 1);
};

/** Adds one patch to what is known of its set. */
function take(audit: SetAudit & { channels: ChannelStatistics[] }, facts: PatchFacts): void {
  count(audit.sizes, `${facts.width} × ${facts.height}`);
  count(audit.bands, String(facts.bands));
  count(audit.dataTypes, facts.dataType);
  count(audit.crs, facts.crs);
  count(
    audit.resolutions,
    facts.resolution === null ? 'unknown' : `${Number(facts.resolution.toFixed(3))} m`,
  );
  for (const [i, statistics] of facts.channels.entries()) {
    const known = audit.channels[i];
    if (known === undefined) audit.channels.push(statistics);
    else if (known.dataType === statistics.dataType) known.merge(statistics);
  }
  for (const [value, pixels] of facts.maskValues) {
    const entry = audit.maskValues.get(value) ?? { pixels: 0, patches: 0 };
    audit.maskValues.set(value, { pixels: entry.pixels + pixels, patches: entry.patches + 1 });
  }
}

/**
 * Reads every patch of a list, several at a time, and gathers what they are. Patches that cannot be used are listed, they
 * end nothing. Memory grows by one hash a patch.
 */
export async function auditSet(
  name: string,
  patches: readonly Patch[],
  { workers = 4, onProgress, signal, ...options }: AuditOptions = {},
): Promise<SetAudit> {
  const bad: BadPatch[] = [];
  const images: { path: string; pixelHash: string }[] = [];
  const audit = {
    ...{ name, patches: patches.length, bad, images },
    ...{ sizes: new Map(), bands: new Map(), dataTypes: new Map(), crs: new Map(), resolutions: new Map() },
    channels: [] as ChannelStatistics[],
    maskValues: new Map<number, { pixels: number; patches: number }>(),
    withoutMask: patches.filter(({ mask }) => mask === null).length,
  };
  const inspect = async (patch: Patch) => {
    try {
      return await inspectPatch(patch, options);
    } catch (error) {
      if (!(error instanceof ArpentError)) throw error;
      return { patch, error };
    }
  };
  let done = 0;
  for await (const facts of readAhead(patches, inspect, workers)) {
    signal?.throwIfAborted();
    if ('error' in facts) bad.push(facts);
    else {
      take(audit, facts);
      images.push({ path: facts.patch.image, pixelHash: facts.pixelHash });
    }
    onProgress?.(++done, patches.length);
  }
  return audit;
}
