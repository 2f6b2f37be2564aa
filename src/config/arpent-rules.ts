import { checkArpentClasses, resolveArpentClasses } from './arpent-classes.ts';
import type { ArpentValues } from './arpent-schema.ts';
import { DECODERS } from './encoder-decoder.ts';
import { CHECKPOINT_EXTENSIONS, type RuleContext, requireFile } from './file-rules.ts';
import {
  checkBatchSize,
  checkChannels,
  checkMargin,
  checkMonitor,
  checkStatistics,
  checkTileSize,
} from './shared-rules.ts';

/** What must hold between the keys of `arpent.yaml`, and between them and the disk. */
export function checkArpent(context: RuleContext, values: ArpentValues): void {
  const { reading } = context;
  checkFiles(context, values);
  checkArpentClasses(reading, values);
  checkChannels(reading, values.data.channels);
  const { type, file, means, stds } = values.normalization;
  if (type === 'sentinel') {
    const key = ['normalization', 'file'];
    requireFile(context, key, file, 'normalization.type is sentinel', { extensions: ['.json'] });
  }
  if (type === 'custom' || type === 'sentinel') {
    const lists = [
      { key: ['normalization', 'means'], values: means },
      { key: ['normalization', 'stds'], values: stds },
    ];
    checkStatistics(reading, values.data.channels.length, lists);
  }
  checkAugmentation(context, values);
  checkFreezing(context, values);
  const convolutional = DECODERS.some((decoder) => decoder === values.model.name);
  if (values.tasks.train) {
    if (convolutional) checkBatchSize(reading, ['training', 'batch_size'], values.training.batch_size);
    const keys = { monitor: ['checkpoints', 'monitor'], mode: ['checkpoints', 'mode'] };
    checkMonitor(
      reading,
      keys,
      values.checkpoints.monitor,
      values.checkpoints.mode,
      resolveArpentClasses(values),
    );
  }
  const { tile, margin } = values.map;
  if (tile !== null) {
    if (convolutional) checkTileSize(reading, ['map', 'tile'], tile);
    if (margin !== null) checkMargin(reading, ['map', 'margin'], margin, tile);
  }
  if (values.optimizer.type === 'sgd' && values.optimizer.nesterov && values.optimizer.momentum === 0) {
    reading.error('conflict', ['optimizer', 'nesterov'], 'nesterov needs a momentum above 0');
  }
}

function checkFiles(context: RuleContext, { tasks, data, model, training, metadata }: ArpentValues): void {
  const csv = { extensions: ['.csv'] };
  const { reading } = context;
  if (tasks.train) {
    requireFile(context, ['data', 'train'], data.train, 'tasks.train is on', csv);
    requireFile(context, ['data', 'validation'], data.validation, 'tasks.train is on', csv);
  }
  if (tasks.predict) requireFile(context, ['data', 'test'], data.test, 'tasks.predict is on', csv);
  else if (tasks.metrics && reading.tree.has(['tasks', 'metrics'])) {
    const problem = 'metrics follow a prediction, and tasks.predict is off; nothing will be scored';
    reading.warning('conflict', ['tasks', 'metrics'], problem);
  }
  if (data.root !== null) requireFile(context, ['data', 'root'], data.root, 'it is set', { folder: true });
  if (metadata !== null) requireFile(context, ['metadata', 'file'], metadata.file, 'metadata is set');
  const predictsOnly = tasks.predict && !tasks.train;
  if (model.weights !== null || predictsOnly) {
    const need = predictsOnly ? 'tasks.predict is on and tasks.train is off' : 'it is set';
    requireFile(context, ['model', 'weights'], model.weights, need, { extensions: CHECKPOINT_EXTENSIONS });
  }
  const { encoder_weights: encoder } = model;
  if (encoder !== null && encoder !== 'none' && encoder !== 'imagenet') {
    requireFile(context, ['model', 'encoder_weights'], encoder, 'it is neither imagenet nor none');
  }
  if (training.resume !== null && tasks.train) {
    requireFile(context, ['training', 'resume'], training.resume, 'it is set', { extensions: ['.ckpt'] });
    if (model.weights !== null) {
      const problem = 'training.resume is set too; resuming wins, because it brings its own weights';
      reading.warning('conflict', ['model', 'weights'], problem);
    }
  }
}

function checkFreezing({ reading }: RuleContext, { model, tasks, training }: ArpentValues): void {
  const { freeze_encoder: freeze } = training;
  if (freeze === null || !tasks.train) return;
  const random = model.encoder_weights === 'none' || model.encoder_weights === null;
  if (!random || model.weights !== null || training.resume !== null) return;
  const problem = 'the encoder starts from random weights and stays so while it is frozen';
  reading.warning('conflict', ['training', 'freeze_encoder'], problem);
}

function checkAugmentation({ reading }: RuleContext, { augmentation }: ArpentValues): void {
  if (augmentation === false) return;
  const { scale, crop } = augmentation;
  if (scale.min > scale.max) {
    reading.error('conflict', ['augmentation', 'scale', 'min'], `${scale.min} is above max (${scale.max})`);
  }
  if (crop !== null) checkTileSize(reading, ['augmentation', 'crop'], crop);
}
