import type { ConfigSource } from './run-config.ts';

/** How a configuration file is read. */
export interface LoadOptions {
  /** Folder that relative paths start from. IGN's files: the working directory; ours: the folder of the file. */
  readonly baseFolder?: string;
  /** Whether files the configuration names must exist (default true). `explain` and editors read without them. */
  readonly checkFiles?: boolean;
  /** Takes the file for one of this kind; without it, its keys tell. */
  readonly format?: ConfigSource['format'];
}
