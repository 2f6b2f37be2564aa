import { ArpentError } from '../core/index.ts';

/** A device that this machine does not have. */
export class DeviceNotFoundError extends ArpentError {}

/** A checkpoint that is needed and not there, or says too little of its network. */
export class CheckpointMissingError extends ArpentError {}
