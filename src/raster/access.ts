import { open, stat } from 'node:fs/promises';
import { RasterNotFoundError, RemoteNotAllowedError, UntrustedPathError } from './errors.ts';

/** What a path may lead to. */
export interface AccessOptions {
  /** Allow `http(s)://` addresses and GDAL's network file systems (`/vsicurl/`, `/vsis3/`, …). Default false. */
  readonly allowRemote?: boolean;
  /**
   * The name comes from somebody else (an upload, an HTTP request): only plain local files of self-contained formats,
   * never `/vsi…` names, addresses, inline XML, or formats such as VRT that name further files. Default false.
   */
  readonly untrusted?: boolean;
}

/** First bytes (hexadecimal) of the formats that cannot make GDAL open another file or address, and their drivers. */
const selfContained = [
  { magic: /^(49492a00|4d4d002a|49492b00|4d4d002b)/, driver: 'GTiff' },
  { magic: /^89504e470d0a1a0a/, driver: 'PNG' },
  { magic: /^ffd8ff/, driver: 'JPEG' },
  { magic: /^(0000000c6a5020200d0a870a|ff4fff51)/, driver: 'JP2OpenJPEG' },
  { magic: /^52494646.{8}57454250/, driver: 'WEBP' },
];

const address = /^(https?|ftp|s3|gs|az):\/\//i;
const networkFileSystem = /\/vsi(curl|s3|gs|az|adls|oss|swift|webhdfs|hdfs)/i;

/** Whether a path leads out of this machine. */
export function isRemotePath(path: string): boolean {
  return address.test(path) || networkFileSystem.test(path);
}

/** GDAL's name of a path: addresses go through `/vsicurl/` and its kin, which fetch only the ranges that are read. */
function gdalName(path: string): string {
  const scheme = address.exec(path)?.[1]?.toLowerCase();
  if (scheme === undefined) return path;
  if (scheme === 's3' || scheme === 'gs' || scheme === 'az') {
    return path.replace(address, `/vsi${scheme}/`);
  }
  return `/vsicurl/${path}`;
}

/** The driver of a file's own first bytes, whatever its name says; undefined for formats that may name other files. */
async function selfContainedDriver(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    const header = buffer.subarray(0, bytesRead).toString('hex');
    return selfContained.find(({ magic }) => magic.test(header))?.driver;
  } finally {
    await file.close();
  }
}

/** Whether anything, a file or a folder (some formats are folders), is at this path. */
async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** A path checked by {@link resolveAccess}. */
export interface ResolvedPath {
  /** What to give to GDAL. */
  readonly name: string;
  /** The only driver that may open it, for untrusted paths. */
  readonly driver: string | undefined;
}

async function resolveUntrusted(path: string): Promise<ResolvedPath> {
  if (isRemotePath(path) || path.includes('\0') || /^\s*(<|\/vsi)/.test(path))
    throw new UntrustedPathError(path);
  let plain: boolean;
  try {
    plain = (await stat(path)).isFile();
  } catch (cause) {
    throw new RasterNotFoundError(path, cause);
  }
  const driver = plain ? await selfContainedDriver(path) : undefined;
  if (driver === undefined) throw new UntrustedPathError(path);
  return { name: path, driver };
}

/**
 * Check a path against what the caller allows.
 *
 * @throws RasterNotFoundError, RemoteNotAllowedError, UntrustedPathError
 */
export async function resolveAccess(
  path: string,
  { allowRemote = false, untrusted = false }: AccessOptions = {},
): Promise<ResolvedPath> {
  if (untrusted) return resolveUntrusted(path);
  if (isRemotePath(path)) {
    if (!allowRemote) throw new RemoteNotAllowedError(path);
    return { name: gdalName(path), driver: undefined };
  }
  // GDAL also opens names that are no files: /vsizip/…, GTIFF_DIR:2:file.tif, an inline <VRTDataset>.
  const isGdalName = /^(\/vsi|[A-Z][A-Z0-9_]+:|\s*<)/.test(path);
  if (!isGdalName && !(await exists(path))) throw new RasterNotFoundError(path);
  return { name: path, driver: undefined };
}
