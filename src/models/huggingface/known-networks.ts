import type { JsonObject } from './config-reader.ts';

/** A network published on the Hugging Face hub whose architecture is known without its `config.json`. */
export interface KnownNetwork {
  /** What its `config.json` says of the architecture. */
  readonly config: JsonObject;
  /** Licence of the published weights. */
  readonly licence: string;
}

const ADE20K = 150;
const CITYSCAPES = 19;
const COCO_PANOPTIC = 133;
const NVIDIA = 'NVIDIA Source Code License for SegFormer (non-commercial)';
const STAGES = ['stage1', 'stage2', 'stage3', 'stage4'];

/** Depths, first-stage width and decoder width of SegFormer B0 to B5. */
const SEGFORMER: readonly (readonly [depths: readonly number[], width: number, decoder: number])[] = [
  [[2, 2, 2, 2], 32, 256],
  [[2, 2, 2, 2], 64, 256],
  [[3, 4, 6, 3], 64, 768],
  [[3, 4, 18, 3], 64, 768],
  [[3, 8, 27, 3], 64, 768],
  [[3, 6, 40, 3], 64, 768],
];

function segformer(size: number, labels: number): JsonObject {
  const [depths, width, decoder] = SEGFORMER[size]!;
  return {
    model_type: 'segformer',
    depths,
    hidden_sizes: [width, width * 2, width * 5, width * 8],
    decoder_hidden_size: decoder,
    num_labels: labels,
  };
}

/** Depths, width, heads of the first stage and window of Swin tiny to large. */
const SWIN: Readonly<Record<string, readonly [number[], number, number, number]>> = {
  tiny: [[2, 2, 6, 2], 96, 3, 7],
  small: [[2, 2, 18, 2], 96, 3, 7],
  base: [[2, 2, 18, 2], 128, 4, 12],
  large: [[2, 2, 18, 2], 192, 6, 12],
};

function swin(size: string, dropPath: number): JsonObject {
  const [depths, width, heads, window] = SWIN[size]!;
  return {
    model_type: 'swin',
    embed_dim: width,
    depths,
    num_heads: [heads, heads * 2, heads * 4, heads * 8],
    window_size: window,
    drop_path_rate: dropPath,
    out_features: STAGES,
  };
}

/** Depths and width of ConvNeXt tiny to xlarge. */
const CONVNEXT: Readonly<Record<string, readonly [number[], number]>> = {
  tiny: [[3, 3, 9, 3], 96],
  small: [[3, 3, 27, 3], 96],
  base: [[3, 3, 27, 3], 128],
  large: [[3, 3, 27, 3], 192],
  xlarge: [[3, 3, 27, 3], 256],
};

function convnext(size: string): JsonObject {
  const [depths, width] = CONVNEXT[size]!;
  return {
    model_type: 'convnext',
    depths,
    hidden_sizes: [width, width * 2, width * 4, width * 8],
    out_features: STAGES,
  };
}

function upernet(backbone: JsonObject): JsonObject {
  return { model_type: 'upernet', backbone_config: backbone, num_labels: ADE20K };
}

function mask2former(size: string, labels: number, queries: number): JsonObject {
  return {
    model_type: 'mask2former',
    backbone_config: swin(size, 0.3),
    num_queries: queries,
    num_labels: labels,
  };
}

function* networks(): Generator<[string, KnownNetwork]> {
  for (const size of SEGFORMER.keys()) {
    const pixels = size === 5 ? '640-640' : '512-512';
    const known = (labels: number) => ({ config: segformer(size, labels), licence: NVIDIA });
    yield [`nvidia/mit-b${size}`, known(ADE20K)];
    yield [`nvidia/segformer-b${size}-finetuned-ade-${pixels}`, known(ADE20K)];
    yield [`nvidia/segformer-b${size}-finetuned-cityscapes-1024-1024`, known(CITYSCAPES)];
  }
  for (const size of Object.keys(SWIN)) {
    yield [`openmmlab/upernet-swin-${size}`, { config: upernet(swin(size, 0.1)), licence: 'MIT' }];
  }
  for (const size of Object.keys(CONVNEXT)) {
    yield [`openmmlab/upernet-convnext-${size}`, { config: upernet(convnext(size)), licence: 'MIT' }];
  }
  for (const size of Object.keys(SWIN)) {
    const licence = 'see the model card (not a standard licence)';
    const known = (labels: number, queries: number) => ({
      config: mask2former(size, labels, queries),
      licence,
    });
    yield [`facebook/mask2former-swin-${size}-ade-semantic`, known(ADE20K, 100)];
    yield [`facebook/mask2former-swin-${size}-cityscapes-semantic`, known(CITYSCAPES, 100)];
    yield [
      `facebook/mask2former-swin-${size}-coco-panoptic`,
      known(COCO_PANOPTIC, size === 'large' ? 200 : 100),
    ];
  }
}

/** The known networks by their hub names. */
export const knownNetworks: ReadonlyMap<string, KnownNetwork> = new Map(networks());
