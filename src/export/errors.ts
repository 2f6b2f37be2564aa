import { ArpentError } from '../core/index.ts';

/** A network uses an operator, or a form of one, that has no translation to ONNX yet. */
export class UnsupportedOperatorError extends ArpentError {
  constructor(operator: string, detail = 'has no translation to ONNX') {
    super(`${operator} ${detail}`, {
      remedy: 'export another network, or add the operator to src/export/operators',
    });
  }
}

/** A network makes tables from the size of its images, so the size cannot stay open in the file. */
export class FixedSizeError extends ArpentError {
  constructor(model: string, what: string) {
    super(`${model} cannot be exported with open height and width: ${what} depends on the size`, {
      key: '--size',
      remedy: 'export it for one size: --size 512',
    });
  }
}

/** ONNX Runtime refuses the file, or its answer differs. */
export class ExportCheckError extends ArpentError {}

/** Options that do not go together, or sizes that the network cannot take. */
export class ExportOptionError extends ArpentError {}
