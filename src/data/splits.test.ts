import { describe, expect, it } from 'vitest';
import { Random } from '../core/index.ts';
import { classShares, foldLists, type SplitPatch, splitGroups, splitPatches } from './splits.ts';
import { dealUnits } from './splits-groups.ts';

function patch(image: string, pixels: number[] = [], centre?: [number, number]): SplitPatch {
  return { patch: { image, mask: null, list: null, line: null }, pixels, centre };
}

const random = new Random(4);
/** 10 domains of 4 zones of 5 patches; class 2 is rare. */
const patches = Array.from({ length: 200 }, (_, i) => {
  const [domain, zone] = [Math.floor(i / 20), Math.floor(i / 5) % 4];
  const share = random.below(100);
  return patch(`root/D0${10 + domain}_2020/Z${zone}_UU/img/IMG_${i}.tif`, [
    share,
    100 - share,
    i % 20 === 0 ? 10 : 0,
  ]);
});
const names = (part: readonly SplitPatch[]) => part.map((entry) => entry.patch.image);

describe('splitPatches', () => {
  it.each(['patch', 'zone', 'domain'] as const)(
    'deals every patch once, whole groups together (%s)',
    (by) => {
      const parts = splitPatches(patches, { by, parts: 5 });
      expect(parts.map(({ name }) => name)).toEqual(['fold-1', 'fold-2', 'fold-3', 'fold-4', 'fold-5']);
      const dealt = parts.flatMap((part) => names(part.patches));
      expect([...dealt].sort()).toEqual([...names(patches)].sort());
      const groups = splitGroups(patches, { by, parts: 5 });
      const partOf = new Map(parts.flatMap((part) => names(part.patches).map((name) => [name, part.name])));
      const seen = new Map<string, string>();
      for (const [place, group] of groups.entries()) {
        const part = partOf.get(patches[place]!.patch.image)!;
        expect(seen.get(group) ?? part).toBe(part);
        seen.set(group, part);
      }
      expect(new Set(groups).size).toBe({ patch: 200, zone: 40, domain: 10 }[by]);
      for (const part of parts)
        expect(Math.abs(part.patches.length - 40)).toBeLessThanOrEqual(by === 'domain' ? 20 : 5);
    },
  );

  it('gives parts their shares of patches and of every class', () => {
    const parts = splitPatches(patches, { by: 'patch', parts: { train: 0.7, validation: 0.15, test: 0.15 } });
    expect(parts.map((part) => part.patches.length)).toEqual([
      expect.closeTo(140, -0.5),
      expect.closeTo(30, -0.5),
      expect.closeTo(30, -0.5),
    ]);
    const whole = classShares({ name: 'all', patches });
    for (const part of parts) {
      for (const [index, share] of classShares(part).entries()) {
        expect(Math.abs(share - whole[index]!)).toBeLessThan(index === 2 ? 0.4 : 2);
      }
    }
  });

  it('does not depend on the order of the list, only on the seed', () => {
    const split = (list: SplitPatch[], seed: number) =>
      splitPatches(list, { by: 'zone', parts: 4, seed }).map((part) => names(part.patches).sort());
    expect(split(new Random(1).shuffle([...patches]), 5)).toEqual(split(patches, 5));
    expect(split(patches, 6)).not.toEqual(split(patches, 5));
  });

  it('keeps validation small when asked, the rest training', () => {
    const parts = { train: 0.8, validation: 0.2 };
    const [train, validation] = splitPatches(patches, { by: 'patch', parts, validationSize: 12 });
    expect(validation!.patches).toHaveLength(12);
    expect(train!.patches).toHaveLength(188);
    expect(() => splitPatches(patches, { by: 'patch', parts: 5, validationSize: 12 })).toThrow(
      'train and validation',
    );
  });

  it('groups by squares on the ground', () => {
    const placed = [
      [10, 10],
      [990, 990],
      [1010, 10],
      [-1, 10],
    ].map((centre, i) => patch(`${i}.tif`, [], centre as [number, number]));
    expect(splitGroups(placed, { by: 'block', parts: 2, blockSize: 1000 })).toEqual([
      '0,0',
      '0,0',
      '1,0',
      '-1,0',
    ]);
    expect(() => splitGroups([patch('x.tif')], { by: 'block', parts: 2 })).toThrow('no place on the ground');
  });

  it('takes folders for zones and domains outside of FLAIR’s layout', () => {
    const list = [patch('a/x/1.png'), patch('a/y/2.png'), patch('b/x/3.png')];
    expect(splitGroups(list, { by: 'zone', parts: 2 })).toEqual(['a/x', 'a/y', 'b/x']);
    expect(splitGroups(list, { by: 'domain', parts: 2 })).toEqual(['a', 'a', 'b']);
  });

  it('refuses more parts than groups', () => {
    expect(() => splitPatches(patches, { by: 'domain', parts: 11 })).toThrow(
      '10 groups of patches for 11 parts',
    );
  });
});

describe('foldLists', () => {
  it('trains on all other folds, so that out-of-fold predictions cover every patch once', () => {
    const lists = foldLists(splitPatches(patches, { by: 'zone', parts: 4 }));
    expect(lists.flatMap(({ heldOut }) => names(heldOut)).sort()).toEqual(names(patches).sort());
    for (const { train, heldOut } of lists) {
      expect(train.length + heldOut.length).toBe(200);
      expect(names(train).filter((name) => names(heldOut).includes(name))).toEqual([]);
    }
  });
});

describe('dealUnits', () => {
  it('spreads a rare class by hand', () => {
    // Two units hold the rare class: one for each part.
    const units = [1, 0, 1, 0].map((rare, i) => ({ name: `${i}`, patches: 1, pixels: [10, rare] }));
    const parts = dealUnits(units, [1, 1], 1);
    expect(parts[0]).not.toBe(parts[2]);
    expect(parts.filter((part) => part === 0)).toHaveLength(2);
  });
  it('leaves no part empty', () => {
    const units = [
      { name: 'a', patches: 100, pixels: [1] },
      ...['b', 'c'].map((name) => ({ name, patches: 1, pixels: [0] })),
    ];
    expect(new Set(dealUnits(units, [98, 1, 1], 1)).size).toBe(3);
  });
});
