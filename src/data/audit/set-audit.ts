import { ArpentError } from '../../core/index.ts';
import type { BadPatch } from '../loader.ts';
import { errorAtLine } from '../patch-error.ts';
import type { Patch } from '../patch-list.ts';
import { readAhead } from '../read-ahead.ts';
import type { ChannelStatistics } from './channel-statistics.ts';
import { type InspectOptions, inspectPatch, type PatchFacts } from './inspect-patch.ts';

/** How many patches have something in common, and the first of them in the list. */
export interface Occurrence {
  readonly patches: number;
  readonly first: Patch;
}

/** How often each value of a property occurs, by its text. */
export type Tally = Map<string, Occurrence>;

/** Pixels, and patches, that show a mask value. */
export interface MaskOccurrence extends Occurrence {
  readonly pixels: number;
}

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
  readonly maskValues: Map<number, MaskOccurrence>;
  readonly withoutMask: number;
  /** Patches whose mask has another place on the ground than the image. */
  readonly displaced: readonly Patch[];
  /** Each patch that could be read with the hash of its pixels, for duplicates. */
  readonly images: readonly { readonly patch: Patch; readonly pixelHash: string }[];
  readonly bad: readonly BadPatch[];
}

/** How lists are audited. */
export interface AuditOptions extends InspectOptions {
  /** Patches read at once. Default 4. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Adds one patch to what is known of its set. */
function take(audit: SetAudit & { channels: ChannelStatistics[] }, facts: PatchFacts): void {
  const { patch, resolution } = facts;
  const count = (tally: Tally, key: string) => {
    const { patches = 0, first = patch } = tally.get(key) ?? {};
    tally.set(key, { patches: patches + 1, first });
  };
  count(audit.sizes, `${facts.width} × ${facts.height}`);
  count(audit.bands, String(facts.bands));
  count(audit.dataTypes, facts.dataType);
  count(audit.crs, facts.crs);
  count(audit.resolutions, resolution === null ? 'unknown' : `${Number(resolution.toFixed(3))} m`);
  for (const [i, statistics] of facts.channels.entries()) {
    const known = audit.channels[i];
    if (known === undefined) audit.channels.push(statistics);
    else if (known.dataType === statistics.dataType) known.merge(statistics);
  }
  for (const [value, pixels] of facts.maskValues) {
    const known = audit.maskValues.get(value) ?? { pixels: 0, patches: 0, first: patch };
    audit.maskValues.set(value, {
      pixels: known.pixels + pixels,
      patches: known.patches + 1,
      first: known.first,
    });
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
  const images: { patch: Patch; pixelHash: string }[] = [];
  const displaced: Patch[] = [];
  const audit = {
    ...{ name, patches: patches.length, bad, images, displaced },
    ...{ sizes: new Map(), bands: new Map(), dataTypes: new Map(), crs: new Map(), resolutions: new Map() },
    channels: [] as ChannelStatistics[],
    maskValues: new Map<number, MaskOccurrence>(),
    withoutMask: patches.filter(({ mask }) => mask === null).length,
  };
  const inspect = async (patch: Patch) => {
    try {
      return await inspectPatch(patch, options);
    } catch (cause) {
      const error = errorAtLine(patch, cause);
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
      images.push({ patch: facts.patch, pixelHash: facts.pixelHash });
      if (facts.maskDisplaced) displaced.push(facts.patch);
    }
    onProgress?.(++done, patches.length);
  }
  return audit;
}
