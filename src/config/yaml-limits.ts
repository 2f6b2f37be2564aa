/** Bounds on what a configuration file may be, so that no input can exhaust memory or time. */
export const YAML_LIMITS = {
  /** Characters of text. The largest real configuration is a hundred times smaller. */
  characters: 256 * 1024,
  /** Maps and lists inside one another. */
  depth: 32,
  /** Values after aliases are followed. */
  values: 20_000,
} as const;
