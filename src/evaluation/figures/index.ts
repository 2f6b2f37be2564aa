export { type BarRun, iouBarsFigure } from './bars-figure.ts';
export { type ConfusionFigureOptions, confusionFigure } from './confusion-figure.ts';
export { type CurveChart, type CurveSeries, curvesFigure } from './curves-figure.ts';
export { type GainRow, gainsFigure } from './gains-figure.ts';
export { type PanelRow, type PanelsOptions, panelsFigure } from './panels-figure.ts';
export { renderPng, writeFigure } from './png.ts';
export { type ShareBar, sharesFigure } from './shares-figure.ts';
export type { Figure } from './svg.ts';
export { parseTrainingLog, TrainingLogError, trainingCurves } from './training-curves.ts';
