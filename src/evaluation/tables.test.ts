import { describe, expect, it } from 'vitest';
import type { ClassDefinition } from '../core/index.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { ignTables, metricsFile } from './ign-report.ts';
import { ignScores, strictScores } from './metrics.ts';
import { averagesTable, classTable, confusionsTable } from './tables.ts';
import { cell, textBar, textTable } from './text-table.ts';

const CLASSES: ClassDefinition[] = [
  { index: 0, value: 1, name: 'building', color: '#db0e9a', weight: 1 },
  { index: 1, value: 2, name: 'forêt', color: '#194a26', weight: 1 },
  { index: 2, value: 3, name: 'other', color: '#000000', weight: 0 },
];
const MATRIX = ConfusionMatrix.fromRows([
  [50, 5, 3],
  [4, 60, 6],
  [2, 1, 9],
]);

describe('text tables', () => {
  it('aligns names left and numbers right', () => {
    expect(
      textTable(
        [{ title: 'Name' }, { title: 'n', align: 'right' }],
        [
          ['été', '1'],
          ['b', '234'],
        ],
        1,
      ),
    ).toBe('Name    n\n─────────\nété     1\n─────────\nb     234');
    expect([cell(12.345), cell(Number.NaN), cell(1, 0)]).toEqual(['12.35', '–', '1']);
    expect([textBar(0), textBar(100, 4), textBar(50, 4), textBar(53.125, 4), textBar(250, 2)]).toEqual([
      '',
      '████',
      '██',
      '██▏',
      '██',
    ]);
  });

  it('shows both ways of scoring side by side', () => {
    expect(averagesTable([ignScores(MATRIX, CLASSES), strictScores(MATRIX, CLASSES)])).toMatchInlineSnapshot(`
      "Average (%)             IGN’s way  strict
      ─────────────────────────────────────────
      mIoU                        85.85   78.54
      Overall accuracy            92.44   85.94
      Mean accuracy               92.33   85.96
      F-score                     92.38   87.98
      Precision                   92.45   90.10
      Recall                      92.33   85.96
      Frequency-weighted IoU      85.93   78.57
      Kappa                      0.8477  0.7352
      IGN’s way: classes of weight 0 lose their row and column first.
      strict: pixels predicted as a class of weight 0, or as none, are errors."
    `);
  });

  it('shows every class with a bar and the means', () => {
    expect(classTable(strictScores(MATRIX, CLASSES), CLASSES)).toMatchInlineSnapshot(`
      "Class       IoU  F-score  Precision  Recall  Truth %
      ──────────────────────────────────────────────────────────────────────
      building  78.13    87.72      89.29   86.21    45.31  ███████████████▋
      forêt     78.95    88.24      90.91   85.71    54.69  ███████████████▊
      ──────────────────────────────────────────────────────────────────────
      mean      78.54    87.98      90.10   85.96           ███████████████▊"
    `);
  });

  it('shows what is taken for what', () => {
    expect(confusionsTable(MATRIX, CLASSES, 3)).toMatchInlineSnapshot(`
      "Truth     Predicted as  Pixels  % of truth
      ──────────────────────────────────────────
      forêt     other              6         8.6
      building  forêt              5         8.6
      forêt     building           4         5.7"
    `);
  });

  it('prints IGN’s tables in IGN’s layout', () => {
    expect(ignTables(ignScores(MATRIX, CLASSES), CLASSES)).toMatchInlineSnapshot(`
      "
      Global Metrics: 
      ------------------------------------------------------------------------------------------
      mIoU                 85.8511             
      Overall Accuracy     92.4370             
      Fscore               92.3832             
      Precision            92.4501             
      Recall               92.3295             
      ------------------------------------------------------------------------------------------


      Class                     Weight          IoU        F-score    Precision  Recall    
      -----------------------------------------------------------------
      building                  1               84.7458    91.7431    92.5926    90.9091   
      forêt                     1               86.9565    93.0233    92.3077    93.7500   

      Not learned Classes:
      Class                     Weight         
      -----------------------------------------------------------------
      other                     0              
      "
    `);
  });
});

describe('metrics.json', () => {
  it('has IGN’s keys in IGN’s order, then the strict block', () => {
    const file = metricsFile(MATRIX, CLASSES);
    expect(Object.keys(file)).toEqual([
      'Avg_metrics_name',
      'Avg_metrics',
      'classes',
      'per_class_iou',
      'per_class_fscore',
      'per_class_precision',
      'per_class_recall',
      'strict',
    ]);
    expect(file.Avg_metrics_name).toEqual(['mIoU', 'Overall Accuracy', 'Fscore', 'Precision', 'Recall']);
    expect(file.Avg_metrics[0]).toBeCloseTo(85.85, 2);
    expect(file.classes).toEqual(['building', 'forêt']);
    expect(file.strict.Avg_metrics[0]).toBeCloseTo(78.54, 2);
    expect(file.strict).toMatchObject({ per_class_support: [58, 70], ignored_pixels: 0, missed_pixels: 0 });
  });

  it('writes null where there is no number', () => {
    const file = JSON.parse(JSON.stringify(metricsFile(new ConfusionMatrix(3), CLASSES)));
    expect(file.Avg_metrics).toEqual([0, null, 0, 0, 0]);
    expect(file.strict.per_class_iou).toEqual([null, null]);
  });
});
