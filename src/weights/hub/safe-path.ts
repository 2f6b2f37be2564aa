/**
 * Whether a name from elsewhere (a list of shards, the hub's list of files) stays inside the folder it is joined to.
 * Windows' separators and drive letters count on every system.
 */
export function staysInside(name: string): boolean {
  if (name === '' || name.length > 1024 || name.startsWith('/') || /[\\\0:]/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
