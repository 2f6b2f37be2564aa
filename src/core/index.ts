export { ArpentError, type ErrorDetails, type ErrorPlace, InvalidArgumentError, OutputExistsError } from './errors.ts';
export { Random } from './random.ts';
