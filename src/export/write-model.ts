import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { writeFileAtomically } from '../core/atomic-file.ts';
import { OutputExistsError } from '../core/index.ts';
import type { FileFacts } from './facts.ts';
import { fileMetadata } from './metadata.ts';
import { type DescribedFile, mlmItem } from './mlm-item.ts';
import { type ExternalPlace, encodeModel } from './onnx/encode.ts';
import type { Graph } from './onnx/graph.ts';

/** Weights beyond this many bytes lie in a file of their own: messages of protobuf end at 2 GiB. */
export const EXTERNAL_FROM = 1_900_000_000;

/** Where weights begin in their file: runtimes map whole pages. */
const ALIGNMENT = 4096;
/** Constants up to this many bytes stay in the model file, where shape inference reads them. */
const SMALL = 1024;

/** How a model file is written. */
export interface WriteModelOptions {
  readonly overwrite?: boolean;
  /** Further metadata, each value as JSON text. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Bytes of weights that make a file of their own; {@link EXTERNAL_FROM} by default. */
  readonly externalFrom?: number;
  /** The instant that the item carries; now by default. */
  readonly created?: Date;
}

/** What was written. */
export interface WrittenModel {
  readonly file: string;
  /** The STAC item. */
  readonly item: string;
  /** The weights, where they lie apart. */
  readonly weights: string | null;
  /** Bytes of model and weights. */
  readonly bytes: number;
}

/** Path of the STAC item of a model file. */
export function itemPath(file: string): string {
  return `${file.replace(/\.onnx$/i, '')}.stac.json`;
}

/** Path of the weights of a model file, where they lie apart. */
export function weightsPath(file: string): string {
  return `${file}.data`;
}

/** @throws OutputExistsError where a model file or its item lies already */
export function refuseWrittenModel(path: string): void {
  for (const one of [path, itemPath(path)]) if (existsSync(one)) throw new OutputExistsError(one);
}

/** Moves a model file of the same name, its weights before it and its item after it, to its place on the same disk. */
export function moveModel({ file, item, weights, bytes }: WrittenModel, path: string): WrittenModel {
  mkdirSync(dirname(path), { recursive: true });
  if (weights !== null) renameSync(weights, weightsPath(path));
  renameSync(file, path);
  renameSync(item, itemPath(path));
  return { file: path, item: itemPath(path), weights: weights === null ? null : weightsPath(path), bytes };
}

function placeWeights(graph: Graph, file: string): Map<string, ExternalPlace> {
  const places = new Map<string, ExternalPlace>();
  let offset = 0;
  for (const [name, { data }] of graph.initializers) {
    if (data.length <= SMALL) continue;
    places.set(name, { file, offset });
    offset += Math.ceil(data.length / ALIGNMENT) * ALIGNMENT;
  }
  return places;
}

/**
 * Writes a graph as an ONNX file with everything that hosts read from it, and a STAC item beside it. Weights beyond 1.9 GB go
 * to `FILE.data`. Each file appears under its name when it is complete, the model file after its weights.
 * @throws OutputExistsError before anything is written, unless `overwrite`
 */
export function writeModel(
  path: string,
  graph: Graph,
  facts: FileFacts,
  {
    overwrite = false,
    extra = {},
    externalFrom = EXTERNAL_FROM,
    created = new Date(),
  }: WriteModelOptions = {},
): WrittenModel {
  const [item, weights] = [itemPath(path), weightsPath(path)];
  if (!overwrite) refuseWrittenModel(path);
  const total = [...graph.initializers.values()].reduce((sum, { data }) => sum + data.length, 0);
  const external = total >= externalFrom ? placeWeights(graph, basename(weights)) : null;
  let weightBytes = 0;
  if (external !== null) {
    writeFileAtomically(
      weights,
      (sink) => {
        for (const [name, { offset }] of external) {
          sink.write(new Uint8Array(offset - sink.position));
          sink.write(graph.initializers.get(name)!.data);
        }
        weightBytes = sink.position;
      },
      { overwrite },
    );
  }
  const bytes = encodeModel(graph, {
    metadata: { ...fileMetadata(facts), ...extra },
    producerVersion: facts.version,
    ...(external === null ? {} : { external }),
  });
  writeFileAtomically(path, (sink) => sink.write(bytes), { overwrite });
  const described: DescribedFile = {
    name: basename(path),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    external: external === null ? null : { name: basename(weights), bytes: weightBytes },
  };
  const text = `${JSON.stringify(mlmItem(facts, described, { created }), null, 2)}\n`;
  writeFileAtomically(item, (sink) => sink.write(Buffer.from(text)), { overwrite });
  return {
    ...{ file: path, item, weights: external === null ? null : weights },
    bytes: bytes.length + weightBytes,
  };
}
