/** `[kind, repeats, stride, expansion, channels]`: `cn` plain, `er` fused and `ir` inverted residual blocks. */
export type StageRow = readonly ['cn' | 'er' | 'ir', number, number, number, number];

/** An EfficientNetV2 by its numbers. */
export interface EfficientNetV2Variant {
  readonly stem: number;
  readonly stages: readonly StageRow[];
  /** TensorFlow's padding and norm constant, for weights that came from there. */
  readonly tensorflow: boolean;
}

const small: readonly StageRow[] = [
  ['cn', 2, 1, 1, 24],
  ['er', 4, 2, 4, 48],
  ['er', 4, 2, 4, 64],
  ['ir', 6, 2, 4, 128],
  ['ir', 9, 1, 6, 160],
  ['ir', 15, 2, 6, 256],
];

const medium: readonly StageRow[] = [
  ['cn', 3, 1, 1, 24],
  ['er', 5, 2, 4, 48],
  ['er', 5, 2, 4, 80],
  ['ir', 7, 2, 4, 160],
  ['ir', 14, 1, 6, 176],
  ['ir', 18, 2, 6, 304],
  ['ir', 5, 1, 6, 512],
];

const large: readonly StageRow[] = [
  ['cn', 4, 1, 1, 32],
  ['er', 7, 2, 4, 64],
  ['er', 7, 2, 4, 96],
  ['ir', 10, 2, 4, 192],
  ['ir', 19, 1, 6, 224],
  ['ir', 25, 2, 6, 384],
  ['ir', 7, 1, 6, 640],
];

/** EfficientNetV2s by timm's names; `rw` are its author's own, with the last stage and the first blocks of another kind. */
export const efficientNetV2Variants: Readonly<Record<string, EfficientNetV2Variant>> = {
  tf_efficientnetv2_s: { stem: 24, stages: small, tensorflow: true },
  tf_efficientnetv2_m: { stem: 24, stages: medium, tensorflow: true },
  tf_efficientnetv2_l: { stem: 32, stages: large, tensorflow: true },
  efficientnetv2_s: { stem: 24, stages: small, tensorflow: false },
  efficientnetv2_m: { stem: 24, stages: medium, tensorflow: false },
  efficientnetv2_l: { stem: 32, stages: large, tensorflow: false },
  efficientnetv2_rw_s: {
    stem: 24,
    stages: [['er', 2, 1, 1, 24], ...small.slice(1, 5), ['ir', 15, 2, 6, 272]],
    tensorflow: false,
  },
  efficientnetv2_rw_m: {
    stem: 32,
    stages: [
      ['er', 3, 1, 1, 32],
      ['er', 5, 2, 4, 56],
      ['er', 5, 2, 4, 80],
      ['ir', 8, 2, 4, 152],
      ['ir', 15, 1, 6, 192],
      ['ir', 24, 2, 6, 328],
    ],
    tensorflow: false,
  },
};
