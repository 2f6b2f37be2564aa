import { ArpentError } from '../../core/index.ts';

/** What a person can do when a training on several devices has lost one of its processes. */
const GO_ON = 'the checkpoint of the last complete epoch is kept: find out why, then go on with --resume';

/** A process of the training has ended, or does not answer any more. */
export class RankLostError extends ArpentError {
  constructor(problem: string, cause?: unknown) {
    super(problem, { remedy: GO_ON, cause });
  }
}

/** The processes of a training have not found together. */
export class RendezvousError extends ArpentError {}

/** Something was received that no process of this training sends. */
export class ProtocolError extends ArpentError {
  constructor(problem: string) {
    super(problem, { remedy: 'run the same version of arpent on every machine, on ports of their own' });
  }
}

/** Devices, machines and environment do not describe a group of processes. */
export class WorldError extends ArpentError {}
