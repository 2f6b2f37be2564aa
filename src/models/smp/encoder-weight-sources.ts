/** Published weights of an encoder. */
export interface WeightSource {
  /** What the weights are called for this encoder: the data they were trained on, mostly. */
  readonly tag: string;
  /** Repository on the Hugging Face hub. */
  readonly repository: string;
  readonly licence: string;
}

const BSD = 'BSD-3-Clause';
const APACHE = 'Apache-2.0';
const NONCOMMERCIAL = 'CC-BY-NC-4.0';
const NVIDIA = 'NVIDIA Source Code License for SegFormer (non-commercial)';

type Tags = Readonly<Record<string, string>>;

const supervised: Tags = { imagenet: BSD };
const semiSupervised: Tags = { ssl: NONCOMMERCIAL, swsl: NONCOMMERCIAL };
const weaklySupervised: Tags = { instagram: NONCOMMERCIAL };

// Tags of the smp-hub repositories, with the licences of whoever trained the weights.
const smpTags: Readonly<Record<string, Tags>> = {
  resnet18: { ...supervised, ...semiSupervised },
  resnet34: supervised,
  resnet50: { ...supervised, ...semiSupervised },
  resnet101: supervised,
  resnet152: supervised,
  resnext50_32x4d: { ...supervised, ...semiSupervised },
  resnext101_32x4d: semiSupervised,
  resnext101_32x8d: { ...supervised, ...weaklySupervised, ...semiSupervised },
  resnext101_32x16d: { ...weaklySupervised, ...semiSupervised },
  resnext101_32x32d: weaklySupervised,
  resnext101_32x48d: weaklySupervised,
  mobilenet_v2: supervised,
};

const imagenet22k = ['fb_in22k_ft_in1k', 'fb_in1k', 'fb_in22k', 'fb_in22k_ft_in1k_384'];
const imagenet12k = ['in12k_ft_in1k', 'in12k', 'in12k_ft_in1k_384'];
const imagenet21k = ['in21k_ft_in1k', 'in1k', 'in21k'];
const microsoft22k = ['ms_in22k_ft_in1k', 'ms_in22k'];

// Tags of timm's repositories, timm's default first.
const timmTags: Readonly<Record<string, readonly string[]>> = {
  convnext_tiny: [...imagenet12k, ...imagenet22k],
  convnext_small: [...imagenet12k, ...imagenet22k],
  convnext_base: imagenet22k,
  convnext_large: imagenet22k,
  tf_efficientnetv2_s: imagenet21k,
  tf_efficientnetv2_m: imagenet21k,
  tf_efficientnetv2_l: imagenet21k,
  efficientnetv2_rw_s: ['ra2_in1k'],
  efficientnetv2_rw_m: ['agc_in1k'],
  swin_tiny_patch4_window7_224: ['ms_in1k', ...microsoft22k],
  swin_small_patch4_window7_224: [...microsoft22k, 'ms_in1k'],
  swin_base_patch4_window7_224: [...microsoft22k, 'ms_in1k'],
  swin_base_patch4_window12_384: [...microsoft22k, 'ms_in1k'],
  swin_large_patch4_window7_224: microsoft22k,
  swin_large_patch4_window12_384: microsoft22k,
};

function smpSources(encoder: string): WeightSource[] {
  let tags = smpTags[encoder] ?? {};
  if (encoder.startsWith('efficientnet-')) tags = { imagenet: APACHE, advprop: APACHE };
  if (encoder.startsWith('mit_b')) tags = { imagenet: NVIDIA };
  return Object.entries(tags).map(([tag, licence]) => {
    return { tag, repository: `smp-hub/${encoder}.${tag}`, licence };
  });
}

/** Published weights of an encoder by its smp name, the default ones first; none for those that nobody published. */
export function weightSources(encoder: string): readonly WeightSource[] {
  if (!encoder.startsWith('tu-')) return smpSources(encoder);
  const name = encoder.slice(3).split('.')[0]!;
  const licence = name.startsWith('swin') ? 'MIT' : APACHE;
  return (timmTags[name] ?? []).map((tag) => ({ tag, repository: `timm/${name}.${tag}`, licence }));
}

/** The tag that `imagenet` stands for: the one in the encoder's name, else the default. */
export function defaultTag(encoder: string, sources: readonly WeightSource[]): string | undefined {
  const [, tag] = encoder.startsWith('tu-') ? encoder.split('.') : [];
  return tag ?? sources.find((source) => source.tag === 'imagenet')?.tag ?? sources[0]?.tag;
}
