export { Cosine, type DecayOptions, Poly } from './decay.ts';
export { OneCycle, type OneCycleOptions } from './oneCycle.ts';
export { type PlateauOptions, ReduceLROnPlateau } from './plateau.ts';
export { Scheduler, type SchedulerState, type ScheduleUnit } from './scheduler.ts';
export { ConstantWarmUp, LinearWarmUp, type LinearWarmUpOptions, StepLR } from './simple.ts';
