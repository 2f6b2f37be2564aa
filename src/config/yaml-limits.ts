import { Lexer } from 'yaml';

/** Bounds on what a configuration file may be, so that no input can exhaust memory, stack or time. */
export const YAML_LIMITS = {
  /** Characters of text; real configurations have a few thousand. */
  characters: 64 * 1024,
  /** Maps and lists inside one another. */
  depth: 32,
  /** Column (from 0) at which a line of block style may still start something. */
  column: 160,
  /** Parser errors that are passed on. */
  errors: 200,
  /** Values after aliases are followed. */
  values: 20_000,
} as const;

/** Marks that the lexer puts between tokens; they are not part of the text. */
const MARKS = new Set(['\u0002', '\u0018', '\u001f']);

/**
 * Finds nesting that the recursive parser could not survive, from the tokens alone (the lexer does not recurse). In flow
 * style brackets tell the depth; in block style every level starts further right, so the column bounds it.
 * @returns the offset where it gets too deep, or `null`.
 */
export function findDeepNesting(text: string): number | null {
  let offset = 0;
  let lineStart = 0;
  let flow = 0;
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) continue;
    if (token === '[' || token === '{') flow++;
    else if (token === ']' || token === '}') flow = Math.max(0, flow - 1);
    const startsBlock = flow === 0 && (token === '-' || token === '?' || token === ':');
    const indents = flow === 0 && offset === lineStart && /^ +$/.test(token) ? token.length : 0;
    const column = startsBlock ? offset - lineStart : indents;
    if (flow > YAML_LIMITS.depth || column > YAML_LIMITS.column) return offset;
    offset += token.length;
    const newline = token.lastIndexOf('\n');
    if (newline !== -1) lineStart = offset - token.length + newline + 1;
  }
  return null;
}
