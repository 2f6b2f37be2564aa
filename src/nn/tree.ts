import type { Module } from './module.ts';

/**
 * A network as indented text, one line a module: name, type, and the number of parameters below it.
 *
 * @param options.depth how many levels to show; all by default.
 */
export function describeTree(module: Module, { depth = Number.POSITIVE_INFINITY } = {}): string {
  const lines: string[] = [];
  const visit = (name: string, node: Module, level: number): void => {
    const count = node.parameterCount();
    const label = `${name === '' ? '' : `${name}: `}${node.constructor.name}`;
    lines.push(`${'  '.repeat(level)}${label}${count > 0 ? ` (${count.toLocaleString('en')})` : ''}`);
    if (level < depth)
      for (const [childName, child] of node.namedChildren()) visit(childName, child, level + 1);
  };
  visit('', module, 0);
  return lines.join('\n');
}
