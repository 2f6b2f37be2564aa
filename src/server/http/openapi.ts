import { z } from 'zod';
import { problemAnswer } from './problem.ts';
import type { Route } from './route.ts';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function schemaOf(schema: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  return rest;
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): unknown[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as JsonSchema;
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: each,
  }));
}

/** Refusals that any client meets, beside those of what it asked for. */
const REFUSALS = {
  401: 'The token is missing',
  403: 'Not from the studio’s own page, or outside of the declared folders and addresses',
  429: 'Asked too fast; Retry-After says when to ask again',
  503: 'More to do than the server can promise; Retry-After says when to ask again',
} as const;

const problemContent = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};

function errorsOf(route: Route): Record<string, unknown> {
  const told: Record<string, string> = {
    ...REFUSALS,
    ...(route.params || route.query || route.body ? { 400: 'Not what this address takes' } : {}),
    ...(route.params ? { 404: 'There is no such thing' } : {}),
    ...(route.upload
      ? { 413: 'Too long', 415: 'Of a kind that is not taken', 507: 'The room for uploads is used up' }
      : {}),
  };
  return Object.fromEntries(
    Object.entries(told).map(([status, description]) => [status, { description, content: problemContent }]),
  );
}

function operation(route: Route): unknown {
  const { media = 'application/json', answer, status = 200 } = route;
  const binary = { type: 'string', format: 'binary' };
  const content = { [media]: { schema: answer === undefined ? binary : schemaOf(answer) } };
  const empty = media === 'application/json' && answer === undefined;
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } },
        }),
    ...(route.upload === true
      ? {
          requestBody: {
            required: true,
            content: { 'application/octet-stream': { schema: binary } },
          },
        }
      : {}),
    responses: {
      [empty ? 204 : status]: { description: route.summary, ...(empty ? {} : { content }) },
      ...errorsOf(route),
      default: {
        description: 'What went wrong',
        content: problemContent,
      },
    },
  };
}

/** The OpenAPI 3.1 document of a table of routes: the same table that answers requests. */
export function openApiDocument(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const each of routes) {
    paths[each.path] ??= {};
    paths[each.path]![each.method.toLowerCase()] = operation(each);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Arpent studio', version, description: 'Everything that the studio’s page uses.' },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { address: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        address: { type: 'apiKey', in: 'query', name: 'token' },
      },
      schemas: {
        Problem: schemaOf(problemAnswer),
      },
    },
  };
}
