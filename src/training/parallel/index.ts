export { type Address, type Door, listen } from './connect.ts';
export { ProtocolError, RankLostError, RendezvousError, WorldError } from './errors.ts';
export type { ProcessGroup } from './process-group.ts';
export { joinGroup, type Member } from './rendezvous.ts';
export { ALONE, type Team, teamOf } from './team.ts';
export { type World, worldOf } from './world.ts';
