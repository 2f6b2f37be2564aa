import { createGeoTiff } from '../../src/raster/index.ts';
import { writerContract } from './writer-contract.ts';

writerContract(createGeoTiff);
