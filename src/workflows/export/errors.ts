import { ArpentError } from '../../core/index.ts';

/** A model file that does not do what it says. */
export class ModelFileError extends ArpentError {}
