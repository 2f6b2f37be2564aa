import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Range,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { ConfigIssue, ConfigIssueKind } from './config-issue.ts';
import {
  ConfigTree,
  formatPath,
  isPlainMap,
  type KeyPath,
  type Origin,
  type PlainMap,
  type PlainValue,
} from './config-tree.ts';
import type { SourceText } from './source-text.ts';
import { YAML_LIMITS } from './yaml-limits.ts';

type KeySpan = Pick<Origin, 'keyStart' | 'keyEnd'>;

const STANDARD_TAGS = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/** Stops the walk once a bound is reached; never leaves this file. */
class LimitReached extends Error {}

/** Turns a parsed document into plain values, following aliases within bounds and refusing what YAML could hide. */
export class YamlWalk {
  readonly #source: SourceText;
  readonly #tree = new ConfigTree();
  readonly #issues: ConfigIssue[] = [];
  readonly #anchors = new Map<string, Node>();
  /** Anchored nodes being walked: an alias to one of them would never end. */
  readonly #open = new Set<Node>();
  #values = 0;
  #merging = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  /** @param contents the top-level node; anything but a map is an issue. */
  read(contents: Node | null): { tree: ConfigTree; issues: ConfigIssue[] } {
    try {
      if (contents === null || (isScalar(contents) && contents.value === null)) {
        this.#report('syntax', [], 'the file is empty', undefined);
      } else if (!isMap(contents)) {
        this.#report(
          'syntax',
          [],
          'the file must be a map of keys and values ("key: value" lines)',
          contents.range,
        );
      } else {
        const value = this.#walk(contents, [], {});
        if (isPlainMap(value)) Object.assign(this.#tree.root, value);
      }
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
    }
    return { tree: this.#tree, issues: this.#issues };
  }

  #walk(node: unknown, path: KeyPath, key: KeySpan): PlainValue {
    this.#values++;
    const range = (node as Node | null)?.range;
    if (path.length > YAML_LIMITS.depth) this.#stop(path, 'maps and lists are nested too deeply', range);
    if (this.#values > YAML_LIMITS.values) {
      this.#stop(path, `more than ${YAML_LIMITS.values} values (are aliases multiplying?)`, range);
    }
    if (isAlias(node)) return this.#follow(node.source, node.range, path, key);
    if (isMap(node) || isSeq(node) || isScalar(node)) return this.#resolve(node, path, key);
    this.#tree.setOrigin(path, { start: key.keyStart ?? 0, end: key.keyEnd ?? 0, ...key, writtenAs: path });
    return null;
  }

  #resolve(node: YAMLMap | YAMLSeq | Scalar, path: KeyPath, key: KeySpan): PlainValue {
    if (node.tag !== undefined && !STANDARD_TAGS.test(node.tag)) {
      const tag = node.tag.replace(/^tag:yaml\.org,2002:/, '!!');
      this.#report('unsafe', path, `the tag ${tag} is not allowed; write the plain value`, node.range);
      return null;
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#note(node, path, key);
    if (isScalar(node)) return this.#scalar(node, path);
    this.#open.add(node);
    const value = isMap(node)
      ? this.#map(node, path)
      : node.items.map((item, at) => this.#walk(item, [...path, at], {}));
    this.#open.delete(node);
    return value;
  }

  #scalar(node: Scalar, path: KeyPath): PlainValue {
    const { value } = node;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return value;
    this.#report('wrong-value', path, `${String(node.source)} is not a plain value`, node.range);
    return null;
  }

  #map(node: YAMLMap, path: KeyPath): PlainMap {
    const map: PlainMap = {};
    const merges: Pair[] = [];
    for (const pair of node.items) {
      if (isMergeKey(pair.key)) merges.push(pair);
      else this.#entry(pair, path, map);
    }
    for (const pair of merges) this.#merge(pair.value, path, map);
    return map;
  }

  #entry(pair: Pair, path: KeyPath, map: PlainMap): void {
    const name = isScalar(pair.key) ? keyText(pair.key) : null;
    const range = (pair.key as Node | null)?.range;
    if (name === null || name === '' || name === '__proto__') {
      this.#report('syntax', path, 'a key must be a plain word', range);
      return;
    }
    const here = [...path, name];
    if (Object.hasOwn(map, name)) {
      const first = this.#source.lineOf(this.#tree.originOf(here)?.keyStart ?? 0);
      this.#report('duplicate-key', here, `this key is already set on line ${first}`, range);
      return;
    }
    map[name] = null;
    const key = range ? { keyStart: range[0], keyEnd: range[1] } : {};
    map[name] = this.#walk(pair.value, here, key);
  }

  /** `<<: *base` and `<<: [*one, *two]`: entries that are not set already, earlier maps first. */
  #merge(value: unknown, path: KeyPath, map: PlainMap): void {
    this.#values++;
    if (++this.#merging > YAML_LIMITS.depth) this.#stop(path, 'merges (<<) are nested too deeply', undefined);
    const node = isAlias(value) ? this.#anchors.get(value.source) : value;
    if (isSeq(node) && !this.#open.has(node)) {
      this.#open.add(node);
      for (const item of node.items) this.#merge(item, path, map);
      this.#open.delete(node);
    } else if (isMap(node) && !this.#open.has(node)) {
      this.#open.add(node);
      const set = new Set(Object.keys(map));
      for (const pair of node.items) {
        if (isMergeKey(pair.key)) this.#merge(pair.value, path, map);
        else if (!isScalar(pair.key) || !set.has(keyText(pair.key) ?? '')) this.#entry(pair, path, map);
      }
      this.#open.delete(node);
    } else {
      this.#report('syntax', path, '<< takes a map, or a list of maps', (value as Node | null)?.range);
    }
    this.#merging--;
  }

  #follow(name: string, range: Range | null | undefined, path: KeyPath, key: KeySpan): PlainValue {
    const target = this.#anchors.get(name);
    if (target === undefined || this.#open.has(target)) {
      const problem =
        target === undefined ? `no anchor &${name} stands before this alias` : 'this alias contains itself';
      this.#report(target === undefined ? 'syntax' : 'unsafe', path, problem, range);
      return null;
    }
    return this.#walk(target, path, key);
  }

  #note(node: Node, path: KeyPath, key: KeySpan): void {
    const [start, end] = node.range ?? [0, 0];
    const empty = start === end && key.keyStart !== undefined;
    const plainSource =
      isScalar(node) && node.type === 'PLAIN' && node.source !== undefined
        ? { plainSource: node.source }
        : {};
    const span = empty ? { start: key.keyStart ?? start, end: key.keyEnd ?? end } : { start, end };
    this.#tree.setOrigin(path, { ...span, ...key, ...plainSource, writtenAs: path });
  }

  #report(kind: ConfigIssueKind, path: KeyPath, problem: string, range: Range | null | undefined): void {
    const place = range ? this.#source.place(range[0], range[1]) : null;
    const key = path.length === 0 ? null : formatPath(path);
    this.#issues.push({ severity: 'error', kind, key, problem, suggestion: null, place });
  }

  #stop(path: KeyPath, problem: string, range: Range | null | undefined): never {
    this.#report('unsafe', path.slice(0, 4), problem, range);
    throw new LimitReached();
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** A key as typed: `1` and `01` stay different. */
function keyText(key: Scalar): string | null {
  if (typeof key.value === 'string') return key.value;
  return key.type === 'PLAIN' && key.source !== undefined ? key.source : null;
}
