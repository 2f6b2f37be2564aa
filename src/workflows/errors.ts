import { ArpentError } from '../core/index.ts';

/** A device that this machine does not have. */
export class DeviceNotFoundError extends ArpentError {}

/** Published weights that a training is to start from cannot be had. */
export class PublishedWeightsError extends ArpentError {}

/** A checkpoint that is needed and not there, or says too little of its network. */
export class CheckpointMissingError extends ArpentError {}
