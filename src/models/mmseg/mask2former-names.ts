import { float32Values, type RawTensor, rawArray, type StateDict } from '../../weights/index.ts';

/** A row of the table: a pattern of mmsegmentation's names, and Hugging Face's names for its parts. */
type Rule = readonly [pattern: RegExp, ...names: string[]];

const BACKBONE = 'model.pixel_level_module.encoder';
const PIXELS = 'model.pixel_level_module.decoder';
const QUERIES = 'model.transformer_module';
const BLOCK = `${BACKBONE}.encoder.layers.$1.blocks.$2`;
const LAYER = `${QUERIES}.decoder.layers.$1`;

/**
 * mmsegmentation's Mask2Former (1.x, and 0.x where `attentions` stands for the two attentions) in Hugging Face's names. Where
 * a rule has three names, the tensor is cut into three along its rows.
 */
const RULES: readonly Rule[] = [
  [/^backbone\.patch_embed\.projection\./, `${BACKBONE}.embeddings.patch_embeddings.projection.`],
  [/^backbone\.patch_embed\.norm\./, `${BACKBONE}.embeddings.norm.`],
  [/^backbone\.stages\.(\d+)\.blocks\.(\d+)\.norm1\./, `${BLOCK}.layernorm_before.`],
  [/^backbone\.stages\.(\d+)\.blocks\.(\d+)\.norm2\./, `${BLOCK}.layernorm_after.`],
  [
    /^backbone\.stages\.(\d+)\.blocks\.(\d+)\.attn\.w_msa\.qkv\./,
    `${BLOCK}.attention.self.query.`,
    `${BLOCK}.attention.self.key.`,
    `${BLOCK}.attention.self.value.`,
  ],
  [/^backbone\.stages\.(\d+)\.blocks\.(\d+)\.attn\.w_msa\.proj\./, `${BLOCK}.attention.output.dense.`],
  [
    /^backbone\.stages\.(\d+)\.blocks\.(\d+)\.attn\.w_msa\.relative_position_bias_table$/,
    `${BLOCK}.attention.self.relative_position_bias_table`,
  ],
  [/^backbone\.stages\.(\d+)\.blocks\.(\d+)\.ffn\.layers\.0\.0\./, `${BLOCK}.intermediate.dense.`],
  [/^backbone\.stages\.(\d+)\.blocks\.(\d+)\.ffn\.layers\.1\./, `${BLOCK}.output.dense.`],
  [/^backbone\.stages\.(\d+)\.downsample\./, `${BACKBONE}.encoder.layers.$1.downsample.`],
  [/^decode_head\.pixel_decoder\.input_convs\.(\d+)\.conv\./, `${PIXELS}.input_projections.$1.0.`],
  [/^decode_head\.pixel_decoder\.input_convs\.(\d+)\.gn\./, `${PIXELS}.input_projections.$1.1.`],
  [
    /^decode_head\.pixel_decoder\.encoder\.layers\.(\d+)\.(?:self_attn|attentions\.0)\./,
    `${PIXELS}.encoder.layers.$1.self_attn.`,
  ],
  [
    /^decode_head\.pixel_decoder\.encoder\.layers\.(\d+)\.ffns?(?:\.0)?\.layers\.0\.0\./,
    `${PIXELS}.encoder.layers.$1.fc1.`,
  ],
  [
    /^decode_head\.pixel_decoder\.encoder\.layers\.(\d+)\.ffns?(?:\.0)?\.layers\.1\./,
    `${PIXELS}.encoder.layers.$1.fc2.`,
  ],
  [
    /^decode_head\.pixel_decoder\.encoder\.layers\.(\d+)\.norms\.0\./,
    `${PIXELS}.encoder.layers.$1.self_attn_layer_norm.`,
  ],
  [
    /^decode_head\.pixel_decoder\.encoder\.layers\.(\d+)\.norms\.1\./,
    `${PIXELS}.encoder.layers.$1.final_layer_norm.`,
  ],
  [/^decode_head\.pixel_decoder\.level_encoding\.weight$/, `${PIXELS}.level_embed`],
  [/^decode_head\.pixel_decoder\.lateral_convs\.0\.conv\./, `${PIXELS}.adapter_1.0.`],
  [/^decode_head\.pixel_decoder\.lateral_convs\.0\.gn\./, `${PIXELS}.adapter_1.1.`],
  [/^decode_head\.pixel_decoder\.output_convs\.0\.conv\./, `${PIXELS}.layer_1.0.`],
  [/^decode_head\.pixel_decoder\.output_convs\.0\.gn\./, `${PIXELS}.layer_1.1.`],
  [/^decode_head\.pixel_decoder\.mask_feature\./, `${PIXELS}.mask_projection.`],
  [
    /^decode_head\.transformer_decoder\.layers\.(\d+)\.(?:cross_attn|attentions\.0)\.attn\./,
    `${LAYER}.cross_attn.`,
  ],
  [
    /^decode_head\.transformer_decoder\.layers\.(\d+)\.(?:self_attn|attentions\.1)\.attn\.in_proj_/,
    `${LAYER}.self_attn.q_proj.`,
    `${LAYER}.self_attn.k_proj.`,
    `${LAYER}.self_attn.v_proj.`,
  ],
  [
    /^decode_head\.transformer_decoder\.layers\.(\d+)\.(?:self_attn|attentions\.1)\.attn\.out_proj\./,
    `${LAYER}.self_attn.out_proj.`,
  ],
  [/^decode_head\.transformer_decoder\.layers\.(\d+)\.ffns?(?:\.0)?\.layers\.0\.0\./, `${LAYER}.fc1.`],
  [/^decode_head\.transformer_decoder\.layers\.(\d+)\.ffns?(?:\.0)?\.layers\.1\./, `${LAYER}.fc2.`],
  [/^decode_head\.transformer_decoder\.layers\.(\d+)\.norms\.0\./, `${LAYER}.cross_attn_layer_norm.`],
  [/^decode_head\.transformer_decoder\.layers\.(\d+)\.norms\.1\./, `${LAYER}.self_attn_layer_norm.`],
  [/^decode_head\.transformer_decoder\.layers\.(\d+)\.norms\.2\./, `${LAYER}.final_layer_norm.`],
  [/^decode_head\.transformer_decoder\.post_norm\./, `${QUERIES}.decoder.layernorm.`],
  [/^decode_head\.query_embed\./, `${QUERIES}.queries_embedder.`],
  [/^decode_head\.query_feat\./, `${QUERIES}.queries_features.`],
  [/^decode_head\.level_embed\./, `${QUERIES}.level_embed.`],
  [/^decode_head\.cls_embed\./, 'class_predictor.'],
];

const STAGE_NORM = /^backbone\.norm(\d)\.(weight|bias)$/;
const MASK_EMBED = /^decode_head\.mask_embed\.([024])\.(weight|bias)$/;
/** Constants that we compute ourselves. */
const DERIVED = /\.relative_position_index$/;

/** Whether a checkpoint holds a Mask2Former under mmsegmentation's names. */
export function isMmsegMask2Former(state: StateDict): boolean {
  return state.has('decode_head.query_embed.weight') && state.has('decode_head.cls_embed.weight');
}

/** Renames mmsegmentation's tensors to Hugging Face's; names that no rule knows stay. */
export function fromMmsegNames(state: StateDict): StateDict {
  const renamed: StateDict = new Map();
  for (const [name, value] of state) {
    if (DERIVED.test(name)) continue;
    for (const [key, part] of rename(name, value)) renamed.set(key, part);
  }
  return renamed;
}

function rename(name: string, value: RawTensor): [string, RawTensor][] {
  const norm = STAGE_NORM.exec(name);
  if (norm) return [[`${BACKBONE}.hidden_states_norms.stage${Number(norm[1]) + 1}.${norm[2]}`, value]];
  const mask = MASK_EMBED.exec(name);
  if (mask) {
    const layer = Number(mask[1]) / 2;
    return [[`${QUERIES}.decoder.mask_predictor.mask_embedder.${layer}.0.${mask[2]}`, value]];
  }
  const rule = RULES.find(([pattern]) => pattern.test(name));
  if (!rule) return [[name, value]];
  const [pattern, ...names] = rule;
  const merged = /downsample\./.test(name) ? reorderSquares(value) : value;
  const parts = names.length === 1 ? [merged] : thirds(merged);
  return names.map((replacement, index) => [name.replace(pattern, replacement), parts[index]!]);
}

/** A tensor cut into three along its rows. */
function thirds({ dtype, shape, data }: RawTensor): RawTensor[] {
  const [rows, ...rest] = shape as [number, ...number[]];
  const bytes = data.byteLength / 3;
  return [0, 1, 2].map((part) => {
    return { dtype, shape: [rows / 3, ...rest], data: data.slice(part * bytes, (part + 1) * bytes) };
  });
}

/**
 * Brings the inputs of a patch merging from mmsegmentation's order (the four places of a channel side by side, row by row)
 * to Swin's own (all channels of a place, column by column).
 */
function reorderSquares(value: RawTensor): RawTensor {
  const inputs = value.shape.at(-1)!;
  const channels = inputs / 4;
  const source = float32Values(value);
  const result = new Float32Array(source.length);
  for (let start = 0; start < source.length; start += inputs) {
    for (let place = 0; place < 4; place++) {
      const [row, column] = [place % 2, Math.floor(place / 2)];
      for (let channel = 0; channel < channels; channel++) {
        result[start + place * channels + channel] = source[start + channel * 4 + row * 2 + column]!;
      }
    }
  }
  return rawArray('float32', value.shape, result);
}
