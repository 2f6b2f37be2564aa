import { ArpentError } from '../core/index.ts';

/** No network, encoder or decoder goes by this name. */
export class UnknownModelError extends ArpentError {
  constructor(what: string, name: string, nearest: readonly string[]) {
    const hint = nearest.length > 0 ? `did you mean ${nearest.join(', ')}? ` : '';
    super(`there is no ${what} called '${name}'`, {
      remedy: `${hint}'arpent models' lists every name`,
    });
  }
}

/** A network was asked for with an option it does not have, or with a value that cannot work. */
export class ModelOptionError extends ArpentError {}

/** Images with another number of bands than the network was made for. */
export class InputChannelsError extends ArpentError {
  constructor(model: string, expected: number, found: number | undefined) {
    super(`${model} takes ${expected} channels, the images have ${found}`, {
      remedy:
        'choose as many bands as the network has, or build the network with this number of input channels',
    });
  }
}

/** Images of a size the network cannot halve as often as it needs to. */
export class InputSizeError extends ArpentError {
  constructor(model: string, divisor: number, height: number, width: number) {
    const up = (side: number) => Math.ceil(side / divisor) * divisor;
    super(`${model} takes heights and widths that are multiples of ${divisor}, not ${height} × ${width}`, {
      remedy: `pad or crop the images, for instance to ${up(height)} × ${up(width)}`,
    });
  }
}
