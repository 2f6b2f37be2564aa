export { EncoderDecoder, type EncoderDecoderConfig } from './encoder-decoder.ts';
export { mmsegFamily } from './family.ts';
export { fromMmsegCheckpoint, type MmsegCheckpointOptions, underNetworkNames } from './from-checkpoint.ts';
export { type InternImageConfig, type InternImageSize, internImageConfigs } from './intern-image/config.ts';
export { type MmsegName, mmsegNames, parseMmsegName } from './names.ts';
export { type MmsegSwinConfig, mmsegSwinConfigs, type SwinSize } from './swin.ts';
