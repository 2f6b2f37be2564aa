import { expect } from 'vitest';
import { routes } from '../../src/server/routes/index.ts';

/** The route that answers a request. */
function routeOf(method: string, address: string) {
  const way = new URL(address, 'http://x').pathname;
  const found = routes.find(
    (each) => each.method === method && new RegExp(`^${each.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(way),
  );
  if (found === undefined) throw new Error(`no route for ${method} ${way}`);
  return found;
}

/** Checks that a JSON answer is what the OpenAPI document says of it: every property, and none beside. */
export function expectDocumented(method: string, address: string, answer: unknown): void {
  const { answer: shape, path } = routeOf(method, address);
  const checked = shape?.safeParse(answer);
  expect(checked?.error?.issues ?? (shape === undefined ? 'not described' : []), `${method} ${path}`).toEqual(
    [],
  );
}
