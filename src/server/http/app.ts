import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { checkOrigin, checkToken, RateLimit, SECURITY_HEADERS, SHARED_HEADERS } from '../access/guard.ts';
import { BadRequestError, NotThereError } from '../errors.ts';
import { routes } from '../routes/index.ts';
import type { Studio } from '../studio.ts';
import { pageFile } from './page.ts';
import { problemOf, problemResponse } from './problem.ts';

type Bindings = { Bindings: HttpBindings };

/** What the app needs to know of where it listens. */
export interface AppPlace {
  /** Whether others than this machine reach it. */
  readonly open: boolean;
  readonly token: string | null;
}

function withHeaders(response: Response, shared = false): Response {
  const headers = shared ? SHARED_HEADERS : SECURITY_HEADERS;
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** The web application: guards first, then the routes, then the page. */
export function studioApp(studio: Studio, { open, token }: AppPlace): Hono<Bindings> {
  const app = new Hono<Bindings>();
  const { perSecond, burst } = studio.options.rate ?? { perSecond: 200, burst: 600 };
  const rate = new RateLimit(perSecond, burst);
  const guarded = async (
    context: Context<Bindings>,
    answer: () => Promise<Response>,
    shared = false,
  ): Promise<Response> => {
    try {
      rate.take(context.env?.incoming?.socket?.remoteAddress ?? 'test');
      checkOrigin(context.req.raw, open, shared);
      checkToken(context.req.raw, token);
      return withHeaders(await answer(), shared);
    } catch (error) {
      if (context.req.raw.signal.aborted) return withHeaders(new Response(null, { status: 499 }));
      if (problemOf(error).status === 500)
        studio.options.onDefect?.(String((error as Error)?.stack ?? error));
      return withHeaders(problemResponse(error), shared);
    }
  };
  for (const { method, path, answerTo, shared } of routes) {
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    app.on(method, pattern, (context) =>
      guarded(
        context,
        () => answerTo(studio, context.req.raw, { params: context.req.param(), query: context.req.query() }),
        shared,
      ),
    );
  }
  app.all('/api/*', (context) =>
    guarded(context, () => Promise.reject(new NotThereError('address of the API'))),
  );
  app.get('*', (context) =>
    guarded(context, async () => {
      const answer = await pageFile(studio.options.web, context.req.path);
      // The token moves from the first address into a cookie that no script reads.
      if (token !== null && context.req.query('token') === token) {
        answer.headers.set('set-cookie', `arpent-token=${token}; HttpOnly; SameSite=Strict; Path=/`);
      }
      return answer;
    }),
  );
  app.notFound((context) =>
    guarded(context, () =>
      Promise.reject(
        new BadRequestError('this address takes no such request', { remedy: 'see /api/openapi.json' }),
      ),
    ),
  );
  return app;
}
