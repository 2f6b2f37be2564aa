import type { RunConfig } from '../../config/index.ts';

/** How a process of a training on several devices joins the others. */
export interface Place {
  readonly rank: number;
  readonly size: number;
  readonly master: { readonly host: string; readonly port: number };
  readonly token: string;
  readonly open: boolean;
  readonly job: string;
}

/** From the process that was started by hand to one that it has started. */
export interface Assignment {
  readonly place: Place;
  /** The run, its hardware settled for this process. */
  readonly config: RunConfig;
}

/** What such a process says at its end when it could not go on. */
export interface Failure {
  readonly name: string;
  readonly problem: string;
  readonly remedy: string;
}
