export { ChannelStatistics } from './channel-statistics.ts';
export { type ClassShares, classShares } from './class-shares.ts';
export { type DuplicateImages, findDuplicates, findSharedZones, type SharedZone } from './compare-sets.ts';
export { type InspectOptions, inspectPatch, type PatchFacts } from './inspect-patch.ts';
export { joinAudits } from './join-audits.ts';
export { type AuditOptions, auditSet, type SetAudit, type Tally } from './set-audit.ts';
