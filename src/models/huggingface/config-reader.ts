import { ArpentError } from '../../core/index.ts';

/** A `config.json` lacks a key or holds a value of another kind. */
export class ModelConfigError extends ArpentError {}

/** The plain content of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads typed values of a network's `config.json`, naming file and key where something is wrong. */
export class ConfigReader {
  readonly content: JsonObject;
  readonly file: string | undefined;
  readonly #path: string;

  constructor(content: JsonObject, file?: string, path = '') {
    this.content = content;
    this.file = file;
    this.#path = path;
  }

  number(key: string, fallback?: number): number {
    return this.#read(key, 'a number', fallback, (value) => typeof value === 'number');
  }

  string(key: string, fallback?: string): string {
    return this.#read(key, 'a text', fallback, (value) => typeof value === 'string');
  }

  boolean(key: string, fallback?: boolean): boolean {
    return this.#read(key, 'true or false', fallback, (value) => typeof value === 'boolean');
  }

  numbers(key: string, fallback?: readonly number[]): readonly number[] {
    const isList = (value: unknown) =>
      Array.isArray(value) && value.every((item) => typeof item === 'number');
    return this.#read(key, 'a list of numbers', fallback, isList);
  }

  /** A number where the file may also hold a list of equal numbers (`patch_size: [4, 4]`). */
  square(key: string, fallback: number): number {
    const value = this.content[key];
    if (Array.isArray(value) && value.length > 0 && value.every((item) => item === value[0])) return value[0];
    return this.number(key, fallback);
  }

  has(key: string): boolean {
    return this.content[key] !== undefined && this.content[key] !== null;
  }

  /** The reader of an object under `key`; an empty one when the key is absent. */
  child(key: string): ConfigReader {
    const value = this.content[key] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw this.error(key, 'an object');
    return new ConfigReader(value as JsonObject, this.file, this.#key(key));
  }

  /** Refuses a value that the published networks do not have. */
  expect(key: string, wanted: unknown): void {
    if (this.has(key) && this.content[key] !== wanted) throw this.error(key, JSON.stringify(wanted));
  }

  error(key: string, wanted: string): ModelConfigError {
    return new ModelConfigError(`the value is ${JSON.stringify(this.content[key])}, not ${wanted}`, {
      file: this.file,
      key: this.#key(key),
      remedy: 'take the config.json that was published with the weights',
    });
  }

  #key(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #read<T>(key: string, wanted: string, fallback: T | undefined, fits: (value: unknown) => boolean): T {
    const value = this.content[key];
    if ((value === undefined || value === null) && fallback !== undefined) return fallback;
    if (!fits(value)) throw this.error(key, wanted);
    return value as T;
  }
}

/** The number of classes: entries of `id2label`, or `num_labels`, or the reference's default of two. */
export function readLabelCount(reader: ConfigReader): number {
  if (reader.has('id2label')) return Object.keys(reader.child('id2label').content).length;
  return reader.number('num_labels', 2);
}
