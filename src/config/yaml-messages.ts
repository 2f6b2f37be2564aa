import type { ErrorCode } from 'yaml';

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'this line is indented with a tab; YAML wants spaces',
  BAD_INDENT: 'this line is not indented like its neighbours (or a bracket above is never closed)',
  BAD_DQ_ESCAPE:
    "a backslash inside double quotes starts an escape; write paths with / or in single quotes: 'C:\\data'",
  MISSING_CHAR: 'something is missing here: a ":" after a key, a comma, a quote or a closing bracket',
  BLOCK_AS_IMPLICIT_KEY:
    'two keys on one line; put the second on its own line, or quote a value that contains ": "',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines; is a ":" missing?',
  BLOCK_IN_FLOW: 'a list or map with dashes or indentation cannot stand inside [ ] or { }',
  UNEXPECTED_TOKEN: 'this does not belong here; is it on the wrong line, or badly indented?',
  BAD_SCALAR_START: 'a value cannot start with this character; put the value in quotes',
  BAD_ALIAS: 'an alias (*name) without a name or an anchor (&name) before it',
  ALIAS_PROPS: 'an alias (*name) cannot carry a tag or an anchor',
  BAD_DIRECTIVE: 'this % line is not a directive that YAML knows',
  MULTIPLE_ANCHORS: 'a value can have only one anchor (&name)',
  MULTIPLE_TAGS: 'a value can have only one tag (!name)',
  MULTIPLE_DOCS: 'a second document starts here (---); a configuration is a single one',
  KEY_OVER_1024_CHARS: 'this key is longer than 1024 characters',
};

/** A parser error in plain words; the parser's own sentence where we have no better one. */
export function explainYamlError(code: ErrorCode, original: string): string {
  return MESSAGES[code] ?? `this is not valid YAML: ${original}`;
}
