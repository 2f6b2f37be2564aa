import { callOp, enableGrad, getRngState, keep, scope, setRngState, type Tensor } from '../engine/index.ts';

/** A part of a network that runs again when gradients are wanted, instead of keeping its activations. */
interface Segment {
  /** Undefined for a border, which has nothing to run again. */
  readonly run: ((...inputs: Tensor[]) => Tensor) | undefined;
  readonly inputs: readonly SegmentInput[];
  /** The leaf whose gradient is the segment's. */
  readonly output: Tensor;
  readonly random: RandomState;
}

interface SegmentInput {
  /** The tensor that stands for the input inside the segment, cut off from what made it. */
  readonly leaf: Tensor;
  /** The input with its history, when that history is not another segment. */
  readonly origin: Tensor | undefined;
  /** Whether the leaf is this segment's own, rather than the output of an earlier one. */
  readonly owned: boolean;
}

/** States of the random generators by device, so that dropout draws the same numbers again. */
type RandomState = ReadonlyMap<string, Uint8Array>;

let activeTape: CheckpointTape | undefined;
let recomputing = false;

/** Whether a segment is being run for the second time (running statistics must not count it again). */
export function isRecomputing(): boolean {
  return recomputing;
}

/**
 * Runs part of a network without keeping its activations when a {@link CheckpointTape} is recording; otherwise simply
 * runs it. The result equals `run(...inputs)`, gradients included (Chen et al. 2016, "Training deep nets with
 * sublinear memory cost").
 */
export function checkpoint(run: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  return activeTape === undefined || recomputing ? run(...inputs) : activeTape.segment(run, inputs);
}

/**
 * Marks a tensor made outside of any segment that both a later {@link checkpoint} and other code use (an encoder
 * feature). Whoever uses the result in place of the tensor lets the tape free activations as it goes backwards;
 * gradients are right either way.
 */
export function checkpointBorder(x: Tensor): Tensor {
  return activeTape === undefined || recomputing ? x : activeTape.border(x);
}

/**
 * Gradient checkpointing without hooks: `record` a forward pass, then call this object's `backward` instead of the
 * loss's.
 *
 * ```ts
 * const tape = new CheckpointTape();
 * const loss = tape.record(() => criterion.forward(network.forward(images), targets));
 * tape.backward(loss);
 * ```
 */
export class CheckpointTape {
  readonly #segments: Segment[] = [];
  readonly #leaves = new WeakMap<Tensor, Tensor>();
  readonly #around: (run: () => Tensor) => Tensor;

  /** @param options.around what segments run inside of when they run again: autocast, if the forward pass used it. */
  constructor({ around = (run) => run() }: { around?: (run: () => Tensor) => Tensor } = {}) {
    this.#around = around;
  }

  /** Runs a forward pass in which `checkpoint(…)` drops activations. */
  record<T>(forward: () => T): T {
    const outer = activeTape;
    activeTape = this;
    try {
      return forward();
    } finally {
      activeTape = outer;
    }
  }

  /** The work of {@link checkpoint}. */
  segment(run: (...inputs: Tensor[]) => Tensor, sources: readonly Tensor[]): Tensor {
    const random = randomState(sources);
    // Whether anything in here learns shows in the graph alone, which goes with the activations at once.
    const { output, learns } = scope(() => {
      const result = enableGrad(() => run(...sources));
      return { output: result.detach(), learns: result.requiresGrad };
    });
    if (!learns) return output;
    const inputs = sources.map((source) => this.#cut(source));
    return this.#remember({ run, inputs, output: keep(output), random });
  }

  /** The work of {@link checkpointBorder}. */
  border(x: Tensor): Tensor {
    if (!x.requiresGrad || this.#leaves.has(x)) return x;
    const input = this.#cut(x);
    return this.#remember({
      run: undefined,
      inputs: [input],
      output: input.leaf,
      random: new Map(),
    });
  }

  /**
   * Accumulates the gradients of `loss` in all parameters, running the recorded segments again, last first; then
   * forgets them.
   */
  backward(loss: Tensor): void {
    // Code outside of segments may be reached from several of them: it must survive until the last one.
    const retain = this.#segments.some(({ run, inputs }) => run && inputs.some(({ origin }) => origin));
    propagate(loss, null, retain);
    for (const segment of this.#segments.reverse()) {
      scope(() => {
        const gradient = segment.output.grad;
        if (gradient) this.#rerun(segment, gradient, retain);
      });
      release(segment);
    }
    this.#segments.length = 0;
  }

  #rerun({ run, inputs, random }: Segment, gradient: Tensor, retain: boolean): void {
    if (run) {
      const before = randomState(inputs.map(({ leaf }) => leaf));
      recomputing = true;
      try {
        restore(random);
        const output = enableGrad(() => this.#around(() => run(...inputs.map(({ leaf }) => leaf))));
        propagate(output, gradient, false);
      } finally {
        recomputing = false;
        restore(before);
      }
    }
    for (const { leaf, origin } of inputs) {
      if (origin && leaf.grad) propagate(origin, leaf.grad, retain);
    }
  }

  #cut(source: Tensor): SegmentInput {
    const known = this.#leaves.get(source);
    if (known) return { leaf: known, origin: undefined, owned: false };
    const leaf = keep(source.detach());
    if (!source.requiresGrad) return { leaf, origin: undefined, owned: true };
    return { leaf: leaf.setRequiresGrad(true), origin: keep(alias(source)), owned: true };
  }

  // Callers get an alias, so that a block that frees its activations does not free ours.
  #remember(segment: Segment): Tensor {
    if (!segment.output.requiresGrad) segment.output.setRequiresGrad(true);
    this.#segments.push(segment);
    const handle = alias(segment.output);
    this.#leaves.set(handle, segment.output);
    return handle;
  }
}

function randomState(inputs: readonly Tensor[]): RandomState {
  const devices = new Set(['cpu', ...inputs.map(({ device }) => device)]);
  return new Map(Array.from(devices, (device) => [device, getRngState(device)]));
}

function restore(states: RandomState): void {
  for (const [device, state] of states) setRngState(state, device);
}

function alias(x: Tensor): Tensor {
  return callOp('aten::alias', '', [x]) as Tensor;
}

function propagate(from: Tensor, gradient: Tensor | null, retainGraph: boolean): void {
  from.backward(gradient ?? undefined, { retainGraph });
}

function release({ inputs, output }: Segment): void {
  output.dispose();
  for (const { leaf, origin, owned } of inputs) {
    if (owned) leaf.dispose();
    origin?.dispose();
  }
}
