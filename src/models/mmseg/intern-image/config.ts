/** Sizes and variants of an InternImage backbone, as its authors' configurations give them. */
export interface InternImageConfig {
  readonly type: 'intern-image';
  readonly inChannels: number;
  /** Channels of the first level; they double from level to level. */
  readonly width: number;
  readonly depths: readonly number[];
  /** Groups of the deformable convolution on each level. */
  readonly groups: readonly number[];
  readonly mlpRatio: number;
  readonly dropPath: number;
  /** Start of the learned scale of each branch; null has none. */
  readonly layerScale: number | null;
  /** Factor of offsets and of the kernel's own reach. */
  readonly offsetScale: number;
  /** Norms after the branches instead of before. */
  readonly postNorm: boolean;
  /** Side of the depthwise convolution that offsets are predicted from. */
  readonly depthwiseKernel: number;
  /** A further norm after each branch (H). */
  readonly residualPostNorm: boolean;
  /** Blocks of the third level that a norm follows (H); none when empty. */
  readonly normAfterBlocks: readonly number[];
  /** Mixes the undeformed features in by a learned gate (H). */
  readonly centreFeatureScale: boolean;
}

/** Sizes of InternImage that were published for segmentation. */
export type InternImageSize = 't' | 's' | 'b' | 'l' | 'xl' | 'h';

const COMMON = {
  type: 'intern-image',
  inChannels: 3,
  mlpRatio: 4,
  layerScale: 1,
  offsetScale: 1,
  postNorm: true,
  depthwiseKernel: 3,
  residualPostNorm: false,
  normAfterBlocks: [],
  centreFeatureScale: false,
} as const;

const doubling = (first: number) => [first, first * 2, first * 4, first * 8];

/** The published sizes (Wang et al., "InternImage", 2022, table 1, and the authors' configurations). */
export const internImageConfigs: Readonly<Record<InternImageSize, InternImageConfig>> = {
  t: { ...COMMON, width: 64, depths: [4, 4, 18, 4], groups: doubling(4), dropPath: 0.2, postNorm: false },
  s: { ...COMMON, width: 80, depths: [4, 4, 21, 4], groups: doubling(5), dropPath: 0.3 },
  b: { ...COMMON, width: 112, depths: [4, 4, 21, 4], groups: doubling(7), dropPath: 0.4 },
  l: { ...COMMON, width: 160, depths: [5, 5, 22, 5], groups: doubling(10), dropPath: 0.4, offsetScale: 2 },
  xl: { ...COMMON, width: 192, depths: [5, 5, 24, 5], groups: doubling(12), dropPath: 0.4, offsetScale: 2 },
  h: {
    ...COMMON,
    width: 320,
    depths: [6, 6, 32, 6],
    groups: doubling(10),
    dropPath: 0.5,
    layerScale: null,
    postNorm: false,
    depthwiseKernel: 5,
    residualPostNorm: true,
    normAfterBlocks: [5, 11, 17, 23, 29],
    centreFeatureScale: true,
  },
};
