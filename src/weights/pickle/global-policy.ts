import { WeightsError } from '../errors.ts';
import { PyGlobal } from './values.ts';

/**
 * What to do with a class or function that is not on the list of known ones. Nothing is ever run, whichever is chosen.
 *
 * - `error`: refuse the file and name the global.
 * - `frameworks` (default): objects of the frameworks that write checkpoints (Lightning, OpenMMLab, OmegaConf,
 *   PyTorch's modules and optimisers, …) become inert data, which is how IGN's `.ckpt` files open; anything else, such
 *   as `os.system`, is refused and named.
 * - `opaque`: any object becomes inert data.
 *
 * An inert object inside the state dict itself is refused in every mode.
 */
export type UnknownGlobals = 'error' | 'frameworks' | 'opaque';

/** A pickle names a class or function that no checkpoint needs; such names are how malicious files run code. */
export class ForbiddenPickleGlobalError extends WeightsError {
  /** The dotted name. */
  readonly global: string;

  /** @param where Name of the weight it was found in place of, if it was. */
  constructor(file: string, global: string, where?: string) {
    const place = where === undefined ? '' : ` at ${where}`;
    const reading = "read it with unknownGlobals: 'opaque' (the object becomes inert data) or ";
    super(`the file holds an object of ${global}${place}, which is not on the list of harmless ones`, {
      file,
      remedy:
        'nothing was executed. If you trust the file, ' +
        `${where === undefined ? reading : ''}save only its state_dict() in Python`,
    });
    this.global = global;
  }
}

/** Top packages whose objects sit in training checkpoints beside the weights. */
const FRAMEWORKS: ReadonlySet<string> = new Set([
  ...[
    'pytorch_lightning',
    'lightning',
    'lightning_fabric',
    'lightning_utilities',
    'lightning_lite',
    'torchmetrics',
  ],
  ...[
    'omegaconf',
    'hydra',
    'yacs',
    'addict',
    'easydict',
    'mmcv',
    'mmengine',
    'mmseg',
    'mmdet',
    'mmcv_custom',
  ],
  ...[
    'segmentation_models_pytorch',
    'timm',
    'transformers',
    'torchvision',
    'albumentations',
    'datetime',
    'flair',
  ],
]);

/** Parts of `torch` whose objects hold data only. */
const FRAMEWORK_PREFIXES = [
  'torch.nn.modules.',
  'torch.optim.',
  'torch.utils.data.',
  'torch.amp.',
  'torch.cuda.amp.',
];

/** Python 2's names, which protocol 2 uses to this day. */
const RENAMED: Readonly<Record<string, string>> = { __builtin__: 'builtins', copy_reg: 'copyreg' };

function belongsToFramework(path: string): boolean {
  const top = path.slice(0, path.indexOf('.'));
  return FRAMEWORKS.has(top) || FRAMEWORK_PREFIXES.some((prefix) => path.startsWith(prefix));
}

/** The table of known globals together with the policy for all others. */
export class GlobalTable {
  readonly #file: string;
  readonly #policy: UnknownGlobals;
  readonly #globals = new Map<string, PyGlobal>();

  constructor(file: string, policy: UnknownGlobals, known: Iterable<PyGlobal>) {
    this.#file = file;
    this.#policy = policy;
    for (const global of known) this.#globals.set(global.path, global);
  }

  /** @throws ForbiddenPickleGlobalError */
  find(module: string, name: string): PyGlobal {
    const path = `${RENAMED[module] ?? module}.${name}`;
    const known = this.#globals.get(path);
    if (known !== undefined) return known;
    if (this.#policy === 'error' || (this.#policy === 'frameworks' && !belongsToFramework(path))) {
      throw new ForbiddenPickleGlobalError(this.#file, path);
    }
    const inert = new PyGlobal(path, { inert: true });
    this.#globals.set(path, inert);
    return inert;
  }
}
