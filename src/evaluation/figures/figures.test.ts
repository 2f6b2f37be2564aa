import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { colorTable, DUBAI, FLAIR_19, genericNomenclature, Random } from '../../core/index.ts';
import { encodeColorPng, encodeIndexedPng } from '../../raster/writers/png.ts';
import { ConfusionMatrix } from '../confusion-matrix.ts';
import { strictScores } from '../metrics.ts';
import { linearScale } from './axis.ts';
import { fitText, textWidth } from './font.ts';
import {
  confusionFigure,
  curvesFigure,
  type Figure,
  gainsFigure,
  iouBarsFigure,
  panelsFigure,
  parseTrainingLog,
  renderPng,
  sharesFigure,
  TrainingLogError,
  trainingCurves,
  writeFigure,
} from './index.ts';
import { pickClasses, shrinkImage } from './picture.ts';

function randomMatrix(classes: number): ConfusionMatrix {
  const random = new Random(classes);
  return new ConfusionMatrix(
    classes,
    Array.from({ length: classes ** 2 }, (_, place) =>
      random.below(place % (classes + 1) === 0 ? 90_000 : 9000),
    ),
  );
}

interface Box {
  readonly label: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The boxes of all level lines of text of a figure. */
function textBoxes({ svg }: Figure): Box[] {
  const { document } = parseHTML(svg);
  return [...document.querySelectorAll('text')]
    .filter((node) => !node.hasAttribute('transform'))
    .map((node) => {
      const number = (name: string) => Number(node.getAttribute(name));
      const label = node.textContent ?? '';
      const size = number('font-size');
      const width = textWidth(label, size, node.getAttribute('font-weight') === '600' ? 600 : 400);
      const anchor: string | null = node.getAttribute('text-anchor');
      const before = anchor === 'middle' ? 0.5 : anchor === 'end' ? 1 : 0;
      const left = number('x') - before * width;
      return { label, left, right: left + width, top: number('y') - 0.73 * size, bottom: number('y') };
    });
}

function expectTidy(drawing: Figure): void {
  const boxes = textBoxes(drawing);
  expect(boxes.length).toBeGreaterThan(3);
  for (const [place, box] of boxes.entries()) {
    const inside =
      box.left >= 0 && box.right <= drawing.width && box.top >= 0 && box.bottom <= drawing.height;
    expect(inside, `"${box.label}" lies on the paper`).toBe(true);
    for (const other of boxes.slice(place + 1)) {
      const apart =
        box.right <= other.left ||
        other.right <= box.left ||
        box.bottom <= other.top ||
        other.bottom <= box.top;
      expect(apart, `"${box.label}" and "${other.label}" do not overlap`).toBe(true);
    }
  }
}

const pngSize = (png: Uint8Array) => [Buffer.from(png).readUInt32BE(16), Buffer.from(png).readUInt32BE(20)];

const LOG = `epoch,train_loss,val_loss,val_miou,val_iou_water,learning_rate
1,2.1,1.9,0.21,0.4,0.02
2,1.6,1.5,,0.5,0.02
3,1.2,1.6,0.38,0.6,0.02
`;

const bars = (count: number) => {
  const { classes } = genericNomenclature(7);
  const runs = Array.from({ length: count }, (_, run) => {
    const scores = strictScores(randomMatrix(7), classes);
    return { name: `unet-resnet${run}`, scores, intervals: new Map([[0, [20, 30]]] as const) };
  });
  return iouBarsFigure(runs, classes, 'IoU by class', 'test');
};

const DRAWINGS: readonly (readonly [string, () => Figure])[] = [
  ...[2, 5, 12, 19].map((classes) => {
    const definitions = classes === 19 ? FLAIR_19.classes : genericNomenclature(classes).classes;
    const draw = () =>
      confusionFigure(randomMatrix(classes), definitions, { normalise: classes % 2 ? 'rows' : 'columns' });
    return [`a confusion matrix of ${classes} classes`, draw] as const;
  }),
  [
    'two classes under a long subtitle',
    () => {
      const subtitle =
        'unet-resnet34 on 60 640 tiles: truth in rows, prediction in columns, recall on the diagonal';
      return confusionFigure(randomMatrix(2), genericNomenclature(2).classes, {
        normalise: 'rows',
        subtitle,
      });
    },
  ],
  ['training curves', () => trainingCurves(LOG, { title: 'Training', subtitle: 'three epochs' })],
  [
    'curves of seven runs',
    () => {
      const names = [
        'unet-resnet18',
        'unet-resnet34',
        'fpn-resnet34',
        'deeplabv3',
        'segformer-b0',
        'segformer-b2',
        'upernet',
      ];
      const series = names.map((name, run) => ({ name, x: [1, 2, 3], y: [1, 2 + run, 3] }));
      const chart = { title: 'Loss', series, best: 'lowest' } as const;
      return curvesFigure([chart, { ...chart, title: 'Other' }, { ...chart, title: 'Third' }], 'Seven runs');
    },
  ],
  ['bars of one run', () => bars(1)],
  ['bars of four runs', () => bars(4)],
  [
    'gains of four runs, one of one zone only',
    () => {
      const interval = (estimate: number, low: number, high: number) => ({ estimate, low, high });
      const rows = [
        { name: 'vote', intervals: [interval(1.2, 0.4, 2.1), interval(1.2, -0.3, 2.8)] },
        { name: 'mean', intervals: [interval(2.4, 1.8, 3.1), interval(2.4, 0.9, 3.6)] },
        { name: 'sieve of the mean', intervals: [interval(-3.6, -5.2, -1.1), interval(-3.6, -9.4, 0.6)] },
        { name: 'crf', intervals: [interval(0, -0.2, 0.2), interval(0, Number.NaN, Number.NaN)] },
      ];
      return gainsFigure(rows, ['by patch', 'by zone'], 'Mean IoU gained over unet', '95 % intervals');
    },
  ],
  [
    'class shares',
    () => {
      const matrix = randomMatrix(19);
      const sets = [
        { name: 'Truth', pixels: matrix.truthTotals() },
        { name: 'Prediction', pixels: matrix.predictionTotals() },
      ];
      return sharesFigure(sets, FLAIR_19.classes);
    },
  ],
  [
    'panels',
    () => {
      const image = { data: new Uint8Array(3 * 8 * 6).fill(90), width: 8, height: 6, bands: 3 };
      const truth = Uint8Array.from({ length: 48 }, (_, pixel) => (pixel % 7 === 6 ? 255 : pixel % 5));
      const row = {
        image,
        truth,
        prediction: truth.map((index) => index % 4),
        caption: 'Tile 1 · mIoU 62.1 %',
      };
      return panelsFigure([row, row], DUBAI.classes, { errors: true });
    },
  ],
];

describe.each(DRAWINGS)('the figure of %s', (_name, draw) => {
  it('keeps its labels apart and on the paper', () => expectTidy(draw()));

  it('is the same every time, and renders at twice its size', () => {
    const drawing = draw();
    expect(draw().svg).toBe(drawing.svg);
    expect(pngSize(renderPng(drawing))).toEqual([2 * drawing.width, 2 * drawing.height]);
  });
});

describe('confusion figures', () => {
  const classes = genericNomenclature(3).classes;
  const matrix = ConfusionMatrix.fromRows([
    [75, 25, 0],
    [1, 3999, 0],
    [0, 0, 0],
  ]);
  const labels = (normalise: 'rows' | 'columns', showAbsent = false) =>
    textBoxes(confusionFigure(matrix, classes, { normalise, showAbsent })).map(({ label }) => label);

  it('show recall by rows and precision by columns', () => {
    expect(labels('rows')).toEqual(
      expect.arrayContaining(['75.0', '25.0', '<0.1', '100', '2.4 %', '97.6 %']),
    );
    expect(labels('columns')).toEqual(
      expect.arrayContaining(['98.7', '1.3', '0.6', '99.4', '1.9 %', '98.1 %']),
    );
  });

  it('leave absent classes out unless asked for them', () => {
    expect(labels('rows')).not.toContain('class 2');
    expect(labels('rows', true)).toEqual(expect.arrayContaining(['class 2', '–']));
  });
});

describe('training curves', () => {
  it('mark the best epoch and draw one line a column', () => {
    const words = textBoxes(trainingCurves(LOG)).map(({ label }) => label);
    expect(words).toEqual(
      expect.arrayContaining(['best 1.500 at epoch 2', 'best 38.0 % at epoch 3', 'training']),
    );
    expect(words).not.toContain('water');
  });

  it('keep percentages as they are', () => {
    const words = textBoxes(trainingCurves('epoch,val_miou\n1,40\n2,44.25\n')).map(({ label }) => label);
    expect(words).toContain('best 44.3 % at epoch 2');
  });

  it('leave gaps and draw single points', () => {
    const gap = { name: 'a', x: [1, 2, 3, 4], y: [1, Number.NaN, 3, 2] };
    expect(curvesFigure([{ title: 'A', series: [gap] }], 'T').svg).toMatch(/d="M\S+ \S+M\S+ \S+L\S+ \S+"/);
    const point = curvesFigure([{ title: 'A', series: [{ name: 'a', x: [1], y: [5] }] }], 'T');
    expect(point.svg).toContain('<circle');
    expect(point.svg).not.toContain('NaN');
  });

  it('read quoted column names, as class names may hold commas', () => {
    const columns = parseTrainingLog('epoch,"val_iou_flax, hemp",val_loss\n1,0.5,2\n2,,1.5\n');
    expect([...columns]).toEqual([
      ['epoch', [1, 2]],
      ['val_iou_flax, hemp', [0.5, Number.NaN]],
      ['val_loss', [2, 1.5]],
    ]);
    expect([...parseTrainingLog('"a ""b""",epoch\n1,2').keys()]).toEqual(['a "b"', 'epoch']);
  });

  it('say what is wrong with a log', () => {
    expect(() => parseTrainingLog('step,loss\n1,2\n', 'log.csv')).toThrow(/^log\.csv:1: .*no column "epoch"/);
    expect(() => parseTrainingLog('epoch,val_loss\n1,2,3\n', 'log.csv')).toThrow(
      /^log\.csv:2: 3 cells under 2 columns/,
    );
    expect(() => trainingCurves('epoch,lr\n1,2\n')).toThrow(TrainingLogError);
  });
});

describe('scales and text', () => {
  it('choose round ticks around the data', () => {
    expect(linearScale(0.13, 2.31, 0, 100).ticks).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    expect(linearScale(0, 62, 0, 100).ticks).toEqual([0, 20, 40, 60, 80]);
    expect(linearScale(3, 3, 0, 100).ticks.length).toBeGreaterThan(1);
    expect(linearScale(0, 0.02, 0, 1).digits).toBe(3);
    expect(linearScale(0, 10, 200, 0)(5)).toBe(100);
  });

  it('measure letters by the font, accents and bold included', () => {
    expect(textWidth('m', 10)).toBeGreaterThan(2 * textWidth('i', 10));
    expect(textWidth('é', 10)).toBeCloseTo(textWidth('e', 10), 1);
    expect(textWidth('IoU', 20)).toBeCloseTo(2 * textWidth('IoU', 10), 10);
    expect(textWidth('building', 10, 600)).toBeGreaterThan(textWidth('building', 10));
    expect(fitText('herbaceous vegetation', 60, 10)).toMatch(/^herb.*…$/);
    expect(fitText('water', 60, 10)).toBe('water');
  });
});

describe('pictures', () => {
  it('are means of squares, classes picked from their middle', () => {
    const image = { data: Uint8Array.of(0, 100, 200, 100, 8, 8, 8, 8), width: 4, height: 2, bands: 1 };
    expect([...shrinkImage(image, 2).pixels]).toEqual([29, 29, 29, 79, 79, 79]);
    expect([...pickClasses(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), 4, 2, 2)]).toEqual([5, 7]);
  });

  it('spread other types than bytes over black to white', () => {
    const data = Uint16Array.from({ length: 100 }, (_, place) => 1000 + 10 * place);
    const { pixels } = shrinkImage({ data, width: 10, height: 10, bands: 1 }, 1);
    expect([pixels[0], pixels.at(-1)]).toEqual([0, 255]);
  });

  it('are PNG files with the pixels inside', async () => {
    const rgb = encodeColorPng(2, 1, Uint8Array.of(10, 20, 30, 11, 22, 33), 3);
    const body = rgb.subarray(rgb.indexOf('IDAT') + 4, rgb.indexOf('IEND') - 8);
    expect([...inflateSync(body)]).toEqual([1, 10, 20, 30, 1, 2, 3]);
    const map = encodeIndexedPng(3, 1, Uint8Array.of(0, 1, 255), colorTable(['#ff0000', '#00ff00']));
    expect(pngSize(map)).toEqual([3, 1]);
    expect([...map.subarray(map.indexOf('PLTE') + 4, map.indexOf('PLTE') + 10)]).toEqual([
      255, 0, 0, 0, 255, 0,
    ]);
  });

  it('are written as their name says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'arpent-figures-'));
    const drawing = trainingCurves(LOG);
    await writeFigure(join(folder, 'a.svg'), drawing);
    await writeFigure(join(folder, 'a.png'), drawing);
    expect(await readFile(join(folder, 'a.svg'), 'utf8')).toBe(drawing.svg);
    expect(pngSize(await readFile(join(folder, 'a.png')))).toEqual([2 * drawing.width, 2 * drawing.height]);
    await expect(writeFigure(join(folder, 'a.jpg'), drawing)).rejects.toThrow(/\.jpg/);
    await expect(writeFigure(join(folder, 'a.svg'), drawing)).rejects.toThrow(/already exists/);
    await rm(folder, { recursive: true });
  });
});
