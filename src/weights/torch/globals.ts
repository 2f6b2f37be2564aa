import { CorruptFileError } from '../errors.ts';
import { type KnownCall, PyGlobal, PyTuple, type PyValue } from '../pickle/values.ts';
import { TensorRebuilder, UnusableTensor } from './rebuild.ts';
import { STORAGE_PATHS } from './storage.ts';

/** Names of `torch` that stand for themselves: element types, quantisation schemes, layouts. */
const CONSTANTS = [
  ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'],
  ...['double', 'float', 'half', 'long', 'int', 'short', 'uint16', 'uint32', 'uint64'],
  ...['complex32', 'complex64', 'complex128', 'quint8', 'qint8', 'qint32', 'quint4x2', 'quint2x4'],
  ...[
    'float8_e4m3fn',
    'float8_e4m3fnuz',
    'float8_e5m2',
    'float8_e5m2fnuz',
    'float8_e8m0fnu',
    'float4_e2m1fn_x2',
  ],
  ...['per_tensor_affine', 'per_tensor_symmetric', 'per_channel_affine', 'per_channel_symmetric'],
  ...['per_channel_affine_float_qparams', 'strided', 'sparse_coo', 'Tensor'],
].map((name) => `torch.${name}`);

/** Tensors that are no plain arrays of numbers, by the function that would rebuild them. */
const UNUSABLE: Readonly<Record<string, string>> = {
  _rebuild_qtensor: 'a quantised tensor',
  _rebuild_sparse_tensor: 'a sparse tensor',
  _rebuild_sparse_csr_tensor: 'a sparse tensor',
  _rebuild_nested_tensor: 'a nested tensor',
  _rebuild_meta_tensor_no_storage: 'a tensor without data (device meta)',
  _rebuild_wrapper_subclass: 'a tensor of a wrapper class',
  _rebuild_device_tensor_from_numpy: 'a tensor of an accelerator without PyTorch storages',
  _rebuild_xla_tensor: 'a tensor of an accelerator without PyTorch storages',
};

/** The globals with which PyTorch's tensors, parameters, devices and sizes are pickled. */
export function torchGlobals(file: string): PyGlobal[] {
  const rebuilder = new TensorRebuilder(file);
  const first: KnownCall = ([value]) => {
    if (value === undefined) throw new CorruptFileError(file, 'a parameter has no tensor');
    return value;
  };
  const makeDevice: KnownCall = ([type, index]) => {
    if (typeof type !== 'string') throw new CorruptFileError(file, 'a device has no name');
    return typeof index === 'number' ? `${type}:${index}` : type;
  };
  const makeSize: KnownCall = ([sizes]) => {
    const items: readonly PyValue[] | undefined = Array.isArray(sizes)
      ? sizes
      : sizes instanceof PyTuple
        ? sizes.items
        : [];
    return new PyTuple(items);
  };
  // Tensors with Python attributes: `(function, class, arguments, attributes)`, the attributes being of no interest.
  const rebuildFromType: KnownCall = ([rebuild, type, args]) => {
    const plain =
      type instanceof PyGlobal && ['torch.Tensor', 'torch.nn.parameter.Parameter'].includes(type.path);
    const known = rebuild instanceof PyGlobal && rebuild.path.startsWith('torch._utils._rebuild_');
    if (!known || rebuild.call === undefined || !(args instanceof PyTuple)) {
      throw new CorruptFileError(file, 'a tensor is rebuilt in an unknown way');
    }
    return plain ? rebuild.call(args.items) : new UnusableTensor('a tensor of a class of its own');
  };
  const calls: Readonly<Record<string, KnownCall>> = {
    'torch._utils._rebuild_tensor': (args) => rebuilder.rebuild(args),
    'torch._utils._rebuild_tensor_v2': (args) => rebuilder.rebuild(args),
    'torch._utils._rebuild_tensor_v3': (args) => rebuilder.rebuildTyped(args),
    'torch._utils._rebuild_parameter': first,
    'torch._utils._rebuild_parameter_with_state': first,
    'torch._utils._rebuild_device_tensor_from_cpu_tensor': first,
    'torch._tensor._rebuild_from_type_v2': rebuildFromType,
    'torch.nn.parameter.Parameter': first,
    'torch.Size': makeSize,
    'torch.device': makeDevice,
    'torch.serialization._get_layout': ([name]) => name ?? null,
  };
  return [
    ...CONSTANTS.map((path) => new PyGlobal(path)),
    ...STORAGE_PATHS.map((path) => new PyGlobal(path)),
    ...Object.entries(calls).map(([path, call]) => new PyGlobal(path, { call })),
    ...Object.entries(UNUSABLE).map(
      ([name, description]) =>
        new PyGlobal(`torch._utils.${name}`, { call: () => new UnusableTensor(description) }),
    ),
  ];
}
