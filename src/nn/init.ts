import { callOp, empty, noGrad, ops, scope, type Tensor } from '../engine/index.ts';

/** How a layer's response to noise is kept at unit variance, by the non-linearity that follows it. */
export type Nonlinearity = 'linear' | 'conv2d' | 'sigmoid' | 'tanh' | 'relu' | 'leaky_relu' | 'selu';

/** Options of the two Kaiming initialisers. */
export interface KaimingOptions {
  /** Negative slope of the leaky ReLU that follows. */
  a?: number;
  mode?: 'fan_in' | 'fan_out';
  nonlinearity?: Nonlinearity;
}

/** Recommended gain of `torch.nn.init.calculate_gain`. */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  switch (nonlinearity) {
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + slope * slope));
    case 'selu':
      return 3 / 4;
    default:
      return 1;
  }
}

/** Number of inputs and outputs of one unit of a weight `[out, in, …receptive field]`. */
export function fans(weight: Tensor): { fanIn: number; fanOut: number } {
  const [out = 1, into = 1, ...field] = weight.shape;
  const area = field.reduce((product, size) => product * size, 1);
  return { fanIn: into * area, fanOut: out * area };
}

// A network on the meta device has no numbers to fill in.
function fill(tensor: Tensor, name: string, overload: string, args: readonly unknown[]): Tensor {
  if (tensor.device !== 'meta') noGrad(() => callOp(`aten::${name}`, overload, [tensor, ...args]));
  return tensor;
}

/** Fills with draws from U(low, high). */
export function uniform_(tensor: Tensor, low = 0, high = 1): Tensor {
  return fill(tensor, 'uniform_', '', [low, high]);
}

/** Fills with draws from N(mean, std²). */
export function normal_(tensor: Tensor, mean = 0, std = 1): Tensor {
  return fill(tensor, 'normal_', '', [mean, std]);
}

export function constant_(tensor: Tensor, value: number): Tensor {
  return fill(tensor, 'fill_', 'Scalar', [value]);
}

export function zeros_(tensor: Tensor): Tensor {
  return fill(tensor, 'zero_', '', []);
}

export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

/**
 * Fills with a normal distribution cut to [low, high]. Where most of the bell lies inside, draws outside are drawn again
 * (the numbers are those of PyTorch 2.13 under the same seed); otherwise by the inverse of the distribution function.
 */
export function truncNormal_(tensor: Tensor, mean = 0, std = 1, low = -2, high = 2): Tensor {
  if (tensor.device === 'meta') return tensor;
  const below = normalCdf((low - mean) / std);
  const above = normalCdf((high - mean) / std);
  if (above - below > 0.3) return noGrad(() => redraw(tensor, mean, std, low, high));
  uniform_(tensor, 2 * below - 1, 2 * above - 1);
  fill(tensor, 'erfinv_', '', []);
  fill(tensor, 'mul_', 'Scalar', [std * Math.SQRT2]);
  fill(tensor, 'add_', 'Scalar', [mean, 1]);
  return fill(tensor, 'clamp_', '', [low, high]);
}

function redraw(tensor: Tensor, mean: number, std: number, low: number, high: number): Tensor {
  normal_(tensor, mean, std);
  const { shape, dtype, device } = tensor;
  let done = false;
  while (!done) {
    done = scope(() => {
      const outside = ops.logicalOr(ops.lt(tensor, Math.fround(low)), ops.gt(tensor, Math.fround(high)));
      if (ops.any(outside).item() === 0) return true;
      const fresh = normal_(empty(shape, { dtype, device }), mean, std);
      copy_(tensor, ops.where(outside, fresh, tensor));
      return false;
    });
  }
  return tensor;
}

/** U(−b, b) with b = gain·√(3 / fan) (He et al. 2015). Convolutions and linear layers start with `a = √5`. */
export function kaimingUniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd(tensor, options);
  return uniform_(tensor, -bound, bound);
}

/** N(0, gain² / fan) (He et al. 2015). */
export function kaimingNormal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  return normal_(tensor, 0, kaimingStd(tensor, options));
}

function kaimingStd(
  tensor: Tensor,
  { a = 0, mode = 'fan_in', nonlinearity = 'leaky_relu' }: KaimingOptions,
): number {
  const { fanIn, fanOut } = fans(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === 'fan_in' ? fanIn : fanOut);
}

/** U(−b, b) with b = gain·√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierUniform_(tensor: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fans(tensor);
  const bound = Math.sqrt(3) * gain * Math.sqrt(2 / (fanIn + fanOut));
  return uniform_(tensor, -bound, bound);
}

/** N(0, gain²·2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierNormal_(tensor: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fans(tensor);
  return normal_(tensor, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

/** Copies numbers into a tensor without recording it. */
export function copy_(target: Tensor, source: Tensor): Tensor {
  return fill(target, 'copy_', '', [source, false]);
}

/** Distribution function of the standard normal, by a series near zero and a continued fraction in the tails. */
function normalCdf(x: number): number {
  const z = Math.abs(x);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 6) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (z * z) / (2 * n + 1);
      sum += term;
    }
    return x < 0 ? 0.5 - density * sum : 0.5 + density * sum;
  }
  let fraction = z;
  for (let n = 40; n > 0; n--) fraction = z + n / fraction;
  return x < 0 ? density / fraction : 1 - density / fraction;
}
