import { readFileSync } from 'node:fs';

/** A file of the repository as text. */
export function repositoryText(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** IGN's sample files. */
export const FLAIR_SAMPLE = repositoryText('examples/flair/flair-1-config.yaml');
export const DETECT_SAMPLE = repositoryText('examples/flair/flair-1-config-detect.yaml');

/** The sample as a user fills it in for a U-Net. */
export const FLAIR_FILLED = FLAIR_SAMPLE.replace("out_folder: ''", 'out_folder: out')
  .replace("out_model_name: ''", 'out_model_name: my_run')
  .replace("'/csv_toy/flair-1-paths-toy-train_ag.csv'", 'csv/train.csv')
  .replace("'/csv_toy/flair-1-paths-toy-val_ag.csv'", 'csv/val.csv')
  .replace("test_csv: ''", 'test_csv: csv/test.csv')
  .replace('model_provider: HuggingFace', 'model_provider: SegmentationModelsPytorch')
  .replace('encoder_decoder: ', 'encoder_decoder: resnet34_unet');

export const DETECT_FILLED = DETECT_SAMPLE.replace('output_path:', 'output_path: out')
  .replace('output_name:', 'output_name: map')
  .replace('model_provider: HuggingFace', 'model_provider: SegmentationModelsPytorch');

/** The 2023 layout: one model named by two keys, no ckpt_*, no supervision_starts_at_one. */
export const FLAIR_2023 = `
paths:
    out_folder : 'out/'
    out_model_name: 'redo'
    train_csv : 'train.csv'
    val_csv   : 'val.csv'
    test_csv : 'test.csv'
    ckpt_model_path: "old.ckpt"
    path_metadata_aerial: '../flair_aerial_metadata.json'
tasks:
    train: True
    train_load_ckpt: True
    predict: True
    metrics: True
    delete_preds: False
model_architecture: 'unet'
encoder_name: 'resnet50'
use_augmentation: True
use_metadata: False
channels: [1,2,3]
seed: 2022
batch_size: 5
learning_rate: 0.02
num_epochs: 3
use_weights: True
classes:
    1:  [1, 'building']
    2:  [0.5, 'road']
norm_type: scaling
norm_means: [105.08,110.87,101.82,106.38,53.26]
norm_stds: [52.17,45.38,44,39.69,79.3]
georeferencing_output : True
accelerator: cpu
num_nodes: 1
gpus_per_node: 1
strategy: null
num_workers: 10
cp_csv_and_conf_to_output: False
enable_progress_bar: yes
progress_rate: 10
`;

/** The flat layout of IGN's README. */
export const FLAIR_FLAT = `
out_folder: out
out_model_name: flat
train_csv: train.csv
val_csv: val.csv
test_csv: test.csv
ckpt_model_path: model.ckpt
train: True
init_weights_only_from_ckpt: False
resume_training_from_ckpt: True
predict: True
metrics: True
delete_preds: False
model_provider: SegmentationModelsPytorch
encoder_decoder: mit_b0_unet
channels: [4, 2, 3]
norm_type: custom
norm_means: [106.38, 110.87, 101.82]
norm_stds: [39.69, 45.38, 44]
use_augmentation: no
compat: ign
root: .
`;

/** IGN's legacy-torch branch. */
export const LEGACY = `
data:
  path_aerial_train: "./flair_aerial_train/"
  path_aerial_test:  "./flair_1_aerial_test/"
  path_labels_train: "./flair_labels_train"
  path_labels_test:  "./flair_1_labels_test/"
  path_metadata_aerial: "./flair-1_metadata_aerial.json"
outputs:
  out_folder: "out"
  out_model_name: "baseline"
num_classes: 13
use_weights: True
class_weights: [1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,0.0]
use_metadata: True
use_augmentation: True
batch_size: 2
learning_rate: 0.02
num_epochs: 3
accelerator: gpu # or cpu
num_nodes: 1
gpus_per_node: 1
strategy: null
num_workers: 1
enable_progress_bar: True
progress_rate: 10
`;

/** The flat README layout of flair-detect, with the 2023 model keys. */
export const DETECT_FLAT = `
output_path: out
output_name: map.tif
input_img_path: raster.tif
bands: [1, 2, 3]
img_pixels_detection: 512
margin: 128
output_type: class_prob
n_classes: 13
model_weights: weights.pth
batch_size: 2
use_gpu: false
model_name: 'unet'
encoder_name: 'resnet34'
num_worker: 0
write_dataframe: True
norm_type: custom
norm_means: [1, 2, 3]
norm_stds: [1, 1, 1]
`;

/** A prototype layout of flair-detect: a zone with one layer, normalisation as three maps, no output name. */
export const DETECT_ZONE = `
output_path: "../detect/"
zone:
  margin: 96
  layers:
    - path: "../D085_2019-Z9_NF-ortho_img.tif"
      bands: [3, 2, 1]
img_pixels_detection: 512
output_type: "argmax"
n_classes: 7
model_weights: "weights.pth"
batch_size: 2
use_gpu: true
model_name: 'unet'
encoder_name: 'resnet34'
num_worker: 0
normalization:
  - norm_type: custom
  - norm_means: [105.08, 110.87, 101.82]
  - norm_stds: [52.17, 45.38, 44]
`;

/** Our own file with little in it. */
export const ARPENT_SMALL = `
data:
  train: train.csv
  validation: val.csv
  test: test.csv
classes: flair-12
`;

/** Our own file with everything in it. */
export const ARPENT_FULL = `
name: dubai
output: runs
overwrite: yes
seed: 7
tasks: { train: true, predict: true, metrics: true, delete_predictions: true }
data:
  train: lists/train.csv
  validation: lists/val.csv
  test: lists/test.csv
  root: tiles
  channels: [3, 2, 1]
  masks: { encoding: colors, ignore: ['#9b9b9b'], unknown: ignore }
  skip_bad: true
  workers: 4
normalization: { means: [110, 100, 90], stds: [50.5, 45, 40] }
augmentation:
  vertical_flip: 0
  rotation: { probability: 0.3, degrees: 15 }
  scale: { probability: 0.5, min: 0.8, max: 1.6 }
  crop: 256
  brightness: { probability: 0.5 }
  hue: { probability: 0.2, limit: 0.1 }
metadata: { file: meta.json }
classes:
  - { name: water, color: '#E2A929' }
  - { name: land, color: '#8429F6', weight: 2 }
  - { name: other, color: '#000', weight: 0 }
model: { name: fpn, encoder: resnet18, encoder_weights: null, classes: 3 }
loss:
  - { type: cross_entropy, label_smoothing: 0.1 }
  - { type: dice, weight: 0.5 }
  - { type: focal }
  - { type: lovasz, weight: 0.25 }
class_weights: false
optimizer: { type: sgd, learning_rate: 0.01, momentum: 0.9, nesterov: true, weight_decay: 1e-4 }
scheduler: { type: one_cycle, warmup: 0.1 }
training: { epochs: 12, batch_size: 4, gradient_clip: 1, early_stopping: null }
checkpoints: { monitor: val_iou_land, mode: max, last: false }
hardware: { device: 'cuda:1', devices: all, threads: 8, precision: bf16, channels_last: false }
predictions: { georeferenced: false }
logging: { copy_inputs: false }
map: { tile: 1024, margin: 64, output_type: class_prob, batch_size: 2, memory: 1.5 GB, write_tiles: true }
`;
