import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How far a download is. */
export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Null where the hub does not say. */
  readonly totalBytes: number | null;
}

/** Where models are looked for. Environment variables are those of Python's `huggingface_hub`. */
export interface HubOptions {
  /** Branch, tag or commit. Default `main`. */
  readonly revision?: string;
  /** Folders that may hold `organisation/model` or `model`, tried before the cache. */
  readonly folders?: readonly string[];
  /** Cache in the hub's layout. Default `$HF_HUB_CACHE`, `$HF_HOME/hub` or `~/.cache/huggingface/hub`. */
  readonly cacheFolder?: string;
  /** Address of the hub. Default `$HF_ENDPOINT` or https://huggingface.co. */
  readonly endpoint?: string;
  /** Default `$HF_TOKEN` or the token file of `hf auth login`. */
  readonly token?: string;
  /** Look on disk only. Default: whether `$HF_HUB_OFFLINE` is set. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Pause before the first repetition of a failed request, doubled each time. Default 500 ms. */
  readonly retryDelayMs?: number;
}

/** Options with every gap filled. */
export interface HubSettings {
  readonly revision: string;
  readonly folders: readonly string[];
  readonly cacheFolder: string;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly offline: boolean;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly retryDelayMs: number;
}

function readToken(home: string): string | undefined {
  const file = process.env.HF_TOKEN_PATH ?? join(home, 'token');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() || undefined : undefined;
}

/** Fills the gaps of the options from the environment. */
export function hubSettings(options: HubOptions): HubSettings {
  const { env } = process;
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  return {
    revision: options.revision ?? 'main',
    folders: options.folders ?? [],
    cacheFolder: options.cacheFolder ?? env.HF_HUB_CACHE ?? join(home, 'hub'),
    endpoint: (options.endpoint ?? env.HF_ENDPOINT ?? 'https://huggingface.co').replace(/\/+$/, ''),
    token: options.token ?? env.HF_TOKEN ?? readToken(home),
    offline: options.offline ?? /^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? ''),
    onProgress: options.onProgress ?? (() => {}),
    retryDelayMs: options.retryDelayMs ?? 500,
  };
}
