import type { Translations } from './call.ts';

/** Looking values up by number. */
export const indexings: Translations = {
  'aten::index_select': (call) =>
    call.builder.emit('Gather', [call.name(0), call.name(2)], { axis: { int: call.axis(1) } }),
  'aten::gather': (call) =>
    call.builder.emit('GatherElements', [call.name(0), call.name(2)], { axis: { int: call.axis(1) } }),
  'aten::embedding': (call) =>
    call.builder.emit('Gather', [call.name(0), call.name(1)], { axis: { int: 0 } }),
};
