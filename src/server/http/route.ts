import { z } from 'zod';
import { BadRequestError } from '../errors.ts';
import type { Studio } from '../studio.ts';

/** What a route answers besides JSON, by its media type. */
export type MediaType =
  | 'application/json'
  | 'image/png'
  | 'application/octet-stream'
  | 'text/xml'
  | 'text/event-stream';

/** What a handler gets: everything checked against the route's schemas. */
export interface RouteInput<Params, Query, Body> {
  readonly studio: Studio;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
}

/** What a route gives: an answer of its shape, nothing where it has none, or a response that is ready. */
type Given<Answer extends z.ZodType> = Answer extends z.ZodUndefined
  ? Response | Promise<Response> | Promise<void>
  : Response | z.input<Answer> | Promise<Response | z.input<Answer>>;

interface RouteShape<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** OpenAPI style: `/api/rasters/{raster}`. */
  readonly path: string;
  /** The operation's identifier. */
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: Params;
  readonly query?: Query;
  /** JSON body; a route with `upload` reads the request itself. */
  readonly body?: Body;
  readonly upload?: boolean;
  readonly media?: MediaType;
  readonly status?: number;
  /** Schema of a JSON answer. A route with neither this nor `media` answers 204. */
  readonly answer?: Answer;
  /** A finished map's tiles, which maps on other sites may show: whoever knows the address may read it. */
  readonly shared?: boolean;
  readonly handle: (input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>>) => Given<Answer>;
}

/** A route of the API, its types erased. */
export type Route = Omit<RouteShape<z.ZodType, z.ZodType, z.ZodType, z.ZodType>, 'handle'> & {
  readonly answerTo: (
    studio: Studio,
    request: Request,
    raw: { params: unknown; query: unknown },
  ) => Promise<Response>;
};

/** Bodies of JSON are small; uploads have their own limit. */
const LONGEST_BODY = 2 ** 20;

function checked<Schema extends z.ZodType>(schema: Schema | undefined, value: unknown, part: string) {
  if (schema === undefined) return undefined as z.output<Schema>;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? part : `${part}: ${issue.path.join('.')}`;
  throw new BadRequestError(`${place}: ${issue?.message ?? 'not what is expected'}`, {
    remedy: 'see /api/openapi.json for what this address takes',
  });
}

async function jsonBody(request: Request): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > LONGEST_BODY) {
    throw new BadRequestError('the body is too long', { remedy: 'send less at a time' });
  }
  // A form of another site can send text/plain without asking; JSON it cannot.
  if (!/^application\/(geo\+)?json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw new BadRequestError('the body is not JSON', { remedy: 'send "Content-Type: application/json"' });
  }
  const text = await request.text();
  if (text.length > LONGEST_BODY) {
    throw new BadRequestError('the body is too long', { remedy: 'send less at a time' });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new BadRequestError('the body is no JSON', { remedy: 'check commas and quotes', cause });
  }
}

function respond(value: unknown, status: number): Response {
  if (value instanceof Response) return value;
  if (value === undefined) return new Response(null, { status: 204 });
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  });
}

/** One route: its schemas check what comes in, describe it in the OpenAPI document and type its handler. */
export function route<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodUndefined,
>(shape: RouteShape<Params, Query, Body, Answer>): Route {
  const { handle, ...description } = shape;
  return {
    ...description,
    answerTo: async (studio, request, raw) => {
      const params = checked(shape.params, raw.params, 'path');
      const query = checked(shape.query, raw.query, 'query');
      const body =
        shape.body === undefined
          ? (undefined as z.output<Body>)
          : checked(shape.body, await jsonBody(request), 'body');
      return respond(await handle({ studio, request, params, query, body }), shape.status ?? 200);
    },
  };
}

/** An identifier of ours in a path. */
export const identifier = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an identifier of letters and digits');

/** Identifiers of one or several models, joined by commas; several are blended. */
export const modelList = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,4}$/, 'one to five models, joined by commas')
  .transform((text) => text.split(','));

/** A tile's place; PNG names end in `.png`. */
export const tilePlace = {
  z: z.coerce.number().int().min(0).max(30),
  x: z.coerce.number().int().min(0),
  y: z.coerce.number().int().min(0),
};
