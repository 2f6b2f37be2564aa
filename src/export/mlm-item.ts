import type { FileFacts } from './facts.ts';

const EXTENSIONS = [
  'https://stac-extensions.github.io/mlm/v1.5.2/schema.json',
  'https://stac-extensions.github.io/file/v2.1.0/schema.json',
];

/** The file that an item describes. */
export interface DescribedFile {
  /** Name beside the item. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256, in hexadecimal. */
  readonly sha256: string;
  /** Name and size of the weights, where they lie in a file of their own. */
  readonly external: { readonly name: string; readonly bytes: number } | null;
}

/** An instant, which tests hold still. */
export interface ItemOptions {
  readonly created: Date;
}

function architecture({ description }: FileFacts): string {
  const { architecture: found } = description.model;
  return found.kind === 'encoder-decoder' ? `${found.encoder}_${found.decoder}` : found.model;
}

/** How pixels become what the graph takes, in MLM's words. */
function valueScaling({ normalizes, pixelRange, description }: FileFacts): object[] | null {
  const { normalization } = description;
  const full = { type: 'min-max', minimum: 0, maximum: pixelRange ?? 255 };
  if (normalizes || normalization.kind === 'scaling') return [full];
  if (normalization.kind === 'without') return null;
  return normalization.means.map((mean, i) => ({ type: 'z-score', mean, stddev: normalization.stds[i] }));
}

function results({ output, description, side, batch }: FileFacts) {
  const images = batch === 'dynamic' ? -1 : batch;
  const length = side ?? -1;
  const classes = description.classes.length;
  return output === 'classes'
    ? { shape: [images, length, length], dim_order: ['batch', 'height', 'width'], data_type: 'uint8' }
    : {
        shape: [images, classes, length, length],
        dim_order: ['batch', 'class', 'height', 'width'],
        data_type: 'float32',
      };
}

const softmax = { format: 'python', expression: 'scipy.special.softmax(x, axis=1)' };

/**
 * A STAC item that describes a model file, with the Machine Learning Model extension 1.5: what it takes, what it answers,
 * the classes with their colours. A model has no place of its own, so the item has no geometry.
 */
export function mlmItem(facts: FileFacts, file: DescribedFile, { created }: ItemOptions): object {
  const { description, side, batch, name, precision, resolution, output, parameters } = facts;
  const { channels, classes } = description;
  const bands = channels.map((band) => `band ${band}`);
  const length = side ?? -1;
  const time = created.toISOString();
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: EXTENSIONS,
    id: name.replaceAll(/[^\w.-]+/g, '-'),
    geometry: null,
    properties: {
      datetime: time,
      created: time,
      title: name,
      description: `${architecture(facts)}: ${classes.length} land-cover classes of ${channels.length} bands`,
      'mlm:name': modelName(name),
      'mlm:architecture': architecture(facts),
      'mlm:tasks': ['semantic-segmentation'],
      'mlm:framework': 'ONNX',
      // Operator set 17 came with ONNX 1.12.
      'mlm:framework_version': '1.12.0',
      'mlm:memory_size': file.bytes + (file.external?.bytes ?? 0),
      'mlm:total_parameters': parameters,
      'mlm:batch_size_suggestion': batch === 'dynamic' ? 1 : batch,
      'mlm:accelerator': 'amd64',
      'mlm:accelerator_constrained': false,
      ...(resolution === null ? {} : { gsd: resolution / 100 }),
      bands: bands.map((band) => ({ name: band })),
      'mlm:hyperparameters': { precision },
      'mlm:input': [
        {
          name: 'images',
          bands,
          input: {
            shape: [batch === 'dynamic' ? -1 : batch, channels.length, length, length],
            dim_order: ['batch', 'bands', 'height', 'width'],
            data_type: 'float32',
          },
          value_scaling: valueScaling(facts),
          resize_type: null,
          pre_processing_function: null,
        },
      ],
      'mlm:output': [
        {
          name: output,
          tasks: ['semantic-segmentation'],
          result: results(facts),
          'classification:classes': classes.map(({ name: title, color }, value) => ({
            value,
            name: className(title),
            title,
            description: title,
            color_hint: color.slice(1).toUpperCase(),
          })),
          post_processing_function: output === 'logits' ? softmax : null,
        },
      ],
    },
    links: [],
    assets: {
      model: {
        href: `./${file.name}`,
        type: 'application/octet-stream; application=onnx',
        title: `${name} in ONNX (${precision})`,
        roles: ['mlm:model', 'mlm:weights'],
        'mlm:artifact_type': 'onnx',
        'file:size': file.bytes,
        // A multihash: 1220 says SHA-256 of 32 bytes.
        'file:checksum': `1220${file.sha256}`,
      },
      ...(file.external === null
        ? {}
        : {
            weights: {
              href: `./${file.external.name}`,
              type: 'application/octet-stream',
              title: 'Weights that the model file refers to',
              roles: ['mlm:weights'],
              'file:size': file.external.bytes,
            },
          }),
    },
  };
}

/** MLM wants a name that begins with a letter and has no signs but `_`, `.`, `-` and blanks. */
function modelName(name: string): string {
  const plain = withoutAccents(name).replaceAll(/[^\w.\- ]+/g, '-');
  return `${/^[a-z]/i.test(plain) ? '' : 'model-'}${plain}`.replace(/[^a-z0-9]*$/i, '').padEnd(3, '0');
}

const withoutAccents = (text: string) => text.normalize('NFD').replaceAll(/[\u0300-\u036f]/g, '');

/** Names of classes in the classification extension are words of letters, digits, dashes and underscores. */
function className(title: string): string {
  return (
    withoutAccents(title)
      .replaceAll(/[^\w-]+/g, '_')
      .replaceAll(/^_+|_+$/g, '') || 'class'
  );
}
