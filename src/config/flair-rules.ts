import { splitEncoderDecoder } from './encoder-decoder.ts';
import { CHECKPOINT_EXTENSIONS, type RuleContext, requireFile } from './file-rules.ts';
import type { FlairValues } from './flair-schema.ts';
import {
  checkBatchSize,
  checkChannels,
  checkMonitor,
  checkStatistics,
  checkStrategy,
} from './shared-rules.ts';

/** What must hold between the keys of a `flair` file, and between them and the disk. */
export function checkFlair(context: RuleContext, values: FlairValues): void {
  const { reading } = context;
  const encoderDecoder = checkFramework(context, values.model_framework);
  checkTasks(context, values);
  checkChannels(reading, values.channels);
  if (values.norm_type === 'custom') {
    const lists = [
      { key: ['norm_means'], values: values.norm_means },
      { key: ['norm_stds'], values: values.norm_stds },
    ];
    checkStatistics(reading, values.channels.length, lists, 'ignored');
  }
  checkFlairClasses(context, values);
  if (values.tasks.train) {
    if (encoderDecoder) checkBatchSize(reading, ['batch_size'], values.batch_size);
    const classes = Object.values(values.classes).map(([weight, name]) => ({ weight, name }));
    const keys = { monitor: ['ckpt_monitor'], mode: ['ckpt_monitor_mode'] };
    checkMonitor(reading, keys, values.ckpt_monitor, values.ckpt_monitor_mode, classes);
  }
  checkStrategy(reading, values.strategy, values.gpus_per_node, values.num_nodes);
  if (values.use_metadata) {
    const need = 'use_metadata is on';
    requireFile(context, ['paths', 'path_metadata_aerial'], values.paths.path_metadata_aerial, need);
    if (!encoderDecoder) {
      reading.error('conflict', ['use_metadata'], 'metadata needs model_provider SegmentationModelsPytorch');
    }
  }
  checkName(context, values.paths.out_model_name);
  if (values.root !== null) requireFile(context, ['root'], values.root, 'root is set', { folder: true });
}

function checkName({ reading }: RuleContext, name: string): void {
  const key = ['paths', 'out_model_name'];
  if (/[\\/]/.test(name))
    reading.error('wrong-value', key, 'a name without slashes is wanted; folders go to out_folder');
  else if (name === '') {
    reading.warning('wrong-value', key, 'the run has no name; its files go straight into out_folder');
  }
}

/** @returns whether the network is a decoder over an encoder. */
export function checkFramework({ reading }: RuleContext, framework: FlairValues['model_framework']): boolean {
  const provider = framework.model_provider;
  if (provider === 'HuggingFace') {
    const key = ['model_framework', 'HuggingFace', 'org_model'];
    const model = framework.HuggingFace.org_model;
    if (model === null || !/^[\w.-]+\/[\w.-]+$/.test(model)) {
      const problem = `${model === null ? 'nothing' : `"${model}"`} does not name an organisation and a model ("openmmlab/upernet-swin-small")`;
      reading.error(model === null ? 'missing-key' : 'wrong-value', key, problem);
    }
    return false;
  }
  const key = ['model_framework', 'SegmentationModelsPytorch', 'encoder_decoder'];
  const name = framework.SegmentationModelsPytorch.encoder_decoder;
  if (name === null || name === '') {
    reading.error(
      'missing-key',
      key,
      'model_provider is SegmentationModelsPytorch, so give an encoder and a decoder ("resnet34_unet")',
    );
  } else {
    const split = splitEncoderDecoder(name);
    if ('problem' in split) reading.error('wrong-value', key, split.problem, split.suggestion);
  }
  return true;
}

function checkTasks(context: RuleContext, { tasks, paths }: FlairValues): void {
  const { reading } = context;
  const csv = { extensions: ['.csv'] };
  if (tasks.train) {
    requireFile(context, ['paths', 'train_csv'], paths.train_csv, 'tasks.train is on', csv);
    requireFile(context, ['paths', 'val_csv'], paths.val_csv, 'tasks.train is on', csv);
  }
  if (tasks.predict) requireFile(context, ['paths', 'test_csv'], paths.test_csv, 'tasks.predict is on', csv);
  else if (tasks.metrics && reading.tree.get(['tasks', 'metrics']) === true) {
    const problem = 'metrics follow a prediction, and tasks.predict is off; nothing will be scored';
    reading.warning('conflict', ['tasks', 'metrics'], problem);
  }
  const { init_weights_only_from_ckpt: init, resume_training_from_ckpt: resume } = tasks.train_tasks;
  if (tasks.train && init && resume) {
    const problem = 'both ways of starting are on; resuming wins, because it brings its own weights';
    reading.warning('conflict', ['tasks', 'train_tasks', 'init_weights_only_from_ckpt'], problem);
  }
  const need = checkpointNeed(tasks.train, tasks.predict, init, resume);
  if (need === null) return;
  const extensions = tasks.train && resume ? ['.ckpt'] : CHECKPOINT_EXTENSIONS;
  requireFile(context, ['paths', 'ckpt_model_path'], paths.ckpt_model_path, need, { extensions });
}

function checkpointNeed(train: boolean, predict: boolean, init: boolean, resume: boolean): string | null {
  if (train && resume) return 'resume_training_from_ckpt is on';
  if (train && init) return 'init_weights_only_from_ckpt is on';
  return predict && !train ? 'tasks.predict is on and tasks.train is off' : null;
}

function checkFlairClasses({ reading }: RuleContext, values: FlairValues): void {
  const keys = reading.tree.has(['classes'])
    ? reading.tree.keysInOrder(['classes'])
    : Object.keys(values.classes);
  if (keys.length === 0 || keys.length > 255) {
    reading.error('wrong-value', ['classes'], `${keys.length} classes; give 1 to 255`);
    return;
  }
  if (Object.values(values.classes).every(([weight]) => weight === 0)) {
    reading.error('wrong-value', ['classes'], 'every class has weight 0; there is nothing to learn');
  }
  const first = values.supervision_starts_at_one ? 1 : 0;
  const stray = keys.findIndex((key, at) => key !== String(at + first));
  if (stray === -1) return;
  const otherBase = keys.every((key, at) => key === String(at + 1 - first));
  const suggestion = otherBase ? `supervision_starts_at_one: ${first === 1 ? 'False' : 'True'}` : null;
  const name = values.classes[keys[stray]!]?.[1] ?? keys[stray];
  const problem = `classes are numbered by their order, not by the number before the colon: "${name}" is mask value ${stray + first}`;
  reading.warning('conflict', ['classes', keys[stray]!], problem, suggestion);
}
