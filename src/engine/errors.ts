import { ArpentError } from '../core/errors.ts';

/** The compiled bridge to libtorch is not there, or does not load. */
export class BridgeNotFoundError extends ArpentError {}

/** libtorch refused an operation; the message names the operator, its arguments' shapes and libtorch's reason. */
export class TorchError extends ArpentError {}

/** This version of libtorch has no such operator. */
export class OperatorNotFoundError extends ArpentError {}

/** A tensor was used after its scope ended or after `dispose()`. */
export class TensorDisposedError extends ArpentError {
  constructor(where: string) {
    super(`${where} got a tensor that was disposed`, {
      remedy: 'return the tensor from its scope, or keep() it, when it must live longer',
    });
  }
}
