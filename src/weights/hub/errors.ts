import { ArpentError } from '../../core/index.ts';

/** Anything that keeps a published model from being found, downloaded or opened. */
export class HubError extends ArpentError {}

function offlineRemedy(model: string): string {
  const folder = model.split('/').at(-1)!;
  return (
    `on a machine with a network run 'hf download ${model} --local-dir ${folder}', copy that folder here and pass its path; ` +
    'or copy the cache of such a machine and set HF_HOME to it; or set HF_ENDPOINT to a mirror that can be reached'
  );
}

/** The model is not on disk, and the hub cannot be asked. */
export class HubUnreachableError extends HubError {
  constructor(model: string, endpoint: string, cause?: unknown) {
    super(`${model} is not on this disk, and ${endpoint} cannot be reached`, {
      remedy: offlineRemedy(model),
      cause,
    });
  }
}

/** The model is not on disk, and downloads are switched off. */
export class HubOfflineError extends HubError {
  constructor(model: string, file?: string) {
    const what = file === undefined ? model : `${model}/${file}`;
    super(`${what} is not on this disk, and downloads are switched off`, {
      remedy: `allow them (unset HF_HUB_OFFLINE), or: ${offlineRemedy(model)}`,
    });
  }
}

/** The hub does not know the model or the file, or does not show it to everybody. */
export class HubNotFoundError extends HubError {
  constructor(what: string, endpoint: string) {
    super(`${endpoint} has no ${what}, or asks for permission to see it`, {
      remedy: 'check the spelling; for private or gated models accept the terms on the hub and set HF_TOKEN',
    });
  }
}

/** The hub answered with an error of its own. */
export class HubAnswerError extends HubError {
  constructor(address: string, what: string, cause?: unknown) {
    super(`the hub's answer cannot be used: ${what}`, { file: address, remedy: 'try again later', cause });
  }
}

/** A download is not what the hub announced. */
export class HubChecksumError extends HubError {
  constructor(address: string, what: string) {
    super(`the download is not what was announced: ${what}`, {
      file: address,
      remedy: 'it was thrown away; try again, and distrust the network or mirror if it happens twice',
    });
  }
}

/** Neither a folder on disk nor a name that a hub could know. */
export class ModelNameError extends HubError {
  constructor(name: string) {
    super(
      `${JSON.stringify(name)} is neither a folder on this disk nor a name of the form organisation/model`,
      {
        remedy:
          'pass the path of a folder that holds config.json and the weights, or a name such as nvidia/mit-b5',
      },
    );
  }
}

/** A folder of a model lacks its weights, or its list of shards is wrong. */
export class ModelFolderError extends HubError {}
