import { ArpentError } from '../core/index.ts';

/** A checkpoint that training cannot go on from. */
export class ResumeError extends ArpentError {}

/** A monitored value that no epoch logs. */
export class MonitorError extends ArpentError {}

/** The loss is no number any more. */
export class DivergedError extends ArpentError {}
