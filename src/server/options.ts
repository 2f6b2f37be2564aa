import type { NetworkDescription } from '../inference/index.ts';
import type { UploadLimits } from './access/uploads.ts';

/** How the studio is served. */
export interface ServeOptions {
  /** Default `127.0.0.1`. Any other opens the server to a network: it then asks for a token. */
  readonly host?: string;
  /** Default 8080; 0 takes a free one. */
  readonly port?: number;
  /** The token; by default a random one where the host is not this machine, none where it is. */
  readonly token?: string;
  /** Folder of the database, uploads and maps. */
  readonly state: string;
  /** Folders whose images may be opened. */
  readonly images?: readonly string[];
  /** Folders with models: checkpoints and ONNX files. */
  readonly models?: readonly string[];
  /** Models that are named one by one. */
  readonly modelFiles?: readonly string[];
  /** The network of those that do not say what it is (bare weights). */
  readonly network?: NetworkDescription;
  /** Folders with training runs. */
  readonly runs?: readonly string[];
  /** Folders with patch lists. */
  readonly data?: readonly string[];
  /** Beginnings of addresses that may be fetched. Default none. */
  readonly addresses?: readonly string[];
  readonly uploads?: Partial<UploadLimits>;
  /** Requests a second of one client, and how many may come at once. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** Processes that decode images. Default 2. */
  readonly readers?: number;
  /** Milliseconds that reading one picture or tile may take. Default a minute. */
  readonly decodeTime?: number;
  /** Tasks of one kind that may wait. Default 200. */
  readonly queue?: number;
  /** Jobs that may wait. Default 50. */
  readonly jobs?: number;
  /** Folder of the built page. */
  readonly web?: string;
  /** Told of errors that nobody foresaw. */
  readonly onDefect?: (text: string) => void;
}

/** Room for uploads when nobody says. */
export const UPLOAD_LIMITS: UploadLimits = {
  bytes: 4 * 2 ** 30,
  disk: 20 * 2 ** 30,
  files: 500,
  atOnce: 4,
  time: 15 * 60_000,
};
