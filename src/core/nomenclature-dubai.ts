import type { Nomenclature } from './nomenclature.ts';

/**
 * The five classes of the Dubai satellite tiles (Humans in the Loop), in the colours that the masks really use; grey
 * "unlabeled" and stray black pixels are ignored.
 */
export const DUBAI: Nomenclature = {
  id: 'dubai',
  title: 'Dubai, 5 classes',
  classes: [
    { index: 0, value: 0, name: 'building', frenchName: 'bâtiment', color: '#3c1098', weight: 1 },
    { index: 1, value: 1, name: 'land', frenchName: 'terrain', color: '#8429f6', weight: 1 },
    { index: 2, value: 2, name: 'road', frenchName: 'route', color: '#6ec1e4', weight: 1 },
    { index: 3, value: 3, name: 'vegetation', frenchName: 'végétation', color: '#fedd3a', weight: 1 },
    { index: 4, value: 4, name: 'water', frenchName: 'eau', color: '#e2a929', weight: 1 },
  ],
  ignoredColors: ['#9b9b9b', '#000000'],
};
