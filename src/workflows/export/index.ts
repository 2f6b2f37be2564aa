export { type ComparePatchesOptions, comparePatches, type PatchComparison } from './compare-patches.ts';
export { ModelFileError } from './errors.ts';
export { type ExportReport, type ExportRequest, exportNetwork } from './export-network.ts';
export { type ModelFileReport, type SelfTestResult, verifyModelFile } from './verify-model-file.ts';
