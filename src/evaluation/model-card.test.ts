import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FLAIR_19_LEARNING_12 } from '../core/index.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { type ModelCard, renderModelCard } from './model-card.ts';

const {
  card: published,
  averages,
  matrix,
} = JSON.parse(readFileSync(new URL('../../test/golden/metrics-model-card.json', import.meta.url), 'utf8'));

const CARD: ModelCard = {
  name: 'FLAIR-INC_rgbie_12cl_resnet34-unet',
  license: 'etalab-2.0',
  summary: 'Land cover of aerial images of France.',
  architecture: 'U-Net, ResNet-34 encoder',
  channels: [
    { name: 'red', mean: 105.08, std: 52.17 },
    { name: 'elevation', mean: 53.26, std: 79.3 },
  ],
  classes: FLAIR_19_LEARNING_12.classes,
  resolution: 0.2,
  dataset: { name: 'IGNF/FLAIR' },
  trainingData: { train: '174 700 patches', validation: '43 700 patches' },
  hyperparameters: { optimiser: 'SGD', 'learning rate': 0.02, 'odd | name': 1 },
  testData: '31 750 patches of 15 domains.',
  matrix: ConfusionMatrix.fromRows(matrix),
  figures: [{ caption: 'Confusion matrix (recall)', file: 'figures/confusion recall.png' }],
  limitations: ['Made for 0.2 m per pixel.'],
  citation: '@misc{flair}',
};

describe('the model card', () => {
  const text = renderModelCard(CARD);
  const data = parse(text.split('---\n')[1]!);

  it('carries the metadata of seed card: names, types and values', () => {
    expect(data).toMatchObject({ license: 'etalab-2.0', pipeline_tag: 'image-segmentation' });
    const [entry] = data['model-index'];
    expect(entry.name).toBe(CARD.name);
    const [{ task, dataset, metrics }] = entry.results;
    expect(task).toEqual({ type: 'semantic-segmentation' });
    expect(dataset).toEqual({ name: 'IGNF/FLAIR', type: 'earth-observation-dataset' });
    expect(metrics.slice(0, 6).map(({ name, type }: Record<string, string>) => [name, type])).toEqual([
      ['mIoU', 'mIoU'],
      ['Overall Accuracy', 'OA'],
      ['Fscore', 'Fscore'],
      ['Precision', 'Precision'],
      ['Recall', 'Recall'],
      ['IoU Building', 'IoU'],
    ]);
    const expected = [
      averages.miou,
      averages.overall_accuracy,
      averages.fscore,
      averages.precision,
      averages.recall,
      ...Object.values<{ iou: number }>(published).map(({ iou }) => iou),
    ];
    expect(metrics).toHaveLength(expected.length);
    for (const [place, { value }] of metrics.entries()) {
      expect(Math.abs(value - expected[place])).toBeLessThan(1.0001e-3);
    }
  });

  it('is this text', () => {
    expect(text.slice(text.indexOf('# FLAIR'))).toMatchInlineSnapshot(`
      "# FLAIR-INC_rgbie_12cl_resnet34-unet

      Land cover of aerial images of France.

      - **Architecture:** U-Net, ResNet-34 encoder
      - **Input:** red, elevation
      - **Resolution:** 0.2 m per pixel
      - **Classes (12):** building, pervious surface, impervious surface, bare soil, water, coniferous, deciduous, brushwood, vineyard, herbaceous vegetation, agricultural land, plowed land
      - **Outputs that are not learned:** swimming pool, snow, clear cut, mixed, ligneous, greenhouse, other
      - **Trained on:** IGNF/FLAIR
      - **Licence:** etalab-2.0

      ## Limitations

      - Made for 0.2 m per pixel.

      ## Training

      ### Data

      | Set | Size |
      | --- | ---: |
      | train | 174 700 patches |
      | validation | 43 700 patches |

      ### Normalisation

      Each channel has its mean taken away and is divided by its standard deviation. Use the same values on new images.

      | Channel | Mean | Standard deviation |
      | --- | ---: | ---: |
      | red | 105.08 | 52.17 |
      | elevation | 53.26 | 79.3 |

      ### Hyperparameters

      | Parameter | Value |
      | --- | ---: |
      | optimiser | SGD |
      | learning rate | 0.02 |
      | odd \\| name | 1 |

      ## Evaluation

      31 750 patches of 15 domains.

      **FLAIR-INC_rgbie_12cl_resnet34-unet** reaches **OA = 76.509 %** and **mIoU = 62.716 %** (strict: a pixel predicted as a class of weight 0 counts as an error).

      | Averages (%) | mIoU | OA | F-score | Precision | Recall |
      | --- | ---: | ---: | ---: | ---: | ---: |
      | IGN’s way: classes of weight 0 lose their row and column in the confusion matrix first | 62.716 | 76.509 | 75.907 | 76.525 | 75.714 |
      | strict: a pixel predicted as a class of weight 0 counts as an error | 62.716 | 76.509 | 75.907 | 76.525 | 75.714 |

      | Classes | IoU (%) | Fscore (%) | Precision (%) | Recall (%) |
      | --- | ---: | ---: | ---: | ---: |
      | building | 82.564 | 90.449 | 90.412 | 90.486 |
      | pervious surface | 54.149 | 70.255 | 70.723 | 69.794 |
      | impervious surface | 73.807 | 84.930 | 85.848 | 84.032 |
      | bare soil | 59.013 | 74.224 | 78.795 | 70.154 |
      | water | 87.216 | 93.172 | 91.692 | 94.699 |
      | coniferous | 61.591 | 76.231 | 79.304 | 73.387 |
      | deciduous | 72.225 | 83.873 | 81.728 | 86.133 |
      | brushwood | 31.187 | 47.546 | 57.056 | 40.754 |
      | vineyard | 76.105 | 86.432 | 84.264 | 88.714 |
      | herbaceous vegetation | 51.340 | 67.847 | 70.134 | 65.705 |
      | agricultural land | 57.558 | 73.063 | 67.249 | 79.978 |
      | plowed land | 45.840 | 62.863 | 61.094 | 64.737 |
      | **average** | **62.716** | **75.907** | **76.525** | **75.714** |

      ![Confusion matrix (recall)](figures/confusion%20recall.png)

      *Confusion matrix (recall)*

      ## Citation

      \`\`\`bibtex
      @misc{flair}
      \`\`\`
      "
    `);
  });

  it('leaves out what is not known', () => {
    const { name, license, architecture, classes, dataset } = CARD;
    const bare = renderModelCard({
      ...{ name, license, architecture, classes, dataset },
      channels: [{ name: 'red' }],
      matrix: new ConfusionMatrix(19),
      way: 'ign',
    });
    expect(bare.match(/^#+ .*/gm)).toEqual([`# ${name}`, '## Evaluation']);
    expect(bare).not.toMatch(/undefined|NaN/);
    expect(parse(bare.split('---\n')[1]!)['model-index'][0].results[0].metrics[0].value).toBe(0);
  });
});
