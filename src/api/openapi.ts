import { ERROR_CODES } from '../core/errors.ts'
import type { Field, Fields, Route } from './route.ts'

/** The OpenAPI 3.1 document of the workspace API, made from the rows that serve it. */
export function describeApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = `/api${route.path.replace('{path*}', '{path}')}`
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'amlet workspace API', version, license: { name: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: ERROR_SCHEMA },
    },
  }
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'details'],
      properties: {
        code: { type: 'string', enum: Object.keys(ERROR_CODES) },
        message: { type: 'string' },
        target: { type: 'string', description: 'The YAML path, when there is one' },
        details: { type: 'array', items: { type: 'object' } },
      },
    },
  },
}

function describeOperation({
  method,
  path,
  summary,
  query = {},
  body,
  status = 200,
}: Route): object {
  const names = [...path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1] ?? '')
  return {
    operationId: [method.toLowerCase(), ...path.split(/[^A-Za-z]+/)].filter(Boolean).join('_'),
    summary,
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...Object.entries(query).map(([name, field]) => ({
        name,
        in: 'query',
        required: field.required === true,
        description: field.doc,
        schema: describeField(field),
      })),
    ],
    ...(body === undefined ? {} : { requestBody: describeBody(body) }),
    responses: {
      [status]: { description: 'Done' },
      default: {
        description: 'What went wrong',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function describeBody(body: Fields | 'bytes'): object {
  if (body === 'bytes')
    return { required: true, content: { 'application/octet-stream': { schema: {} } } }
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(body).filter((name) => body[name]?.required),
    properties: Object.fromEntries(
      Object.entries(body).map(([name, field]) => [
        name,
        { ...describeField(field), description: field.doc },
      ]),
    ),
  }
  return { required: schema.required.length > 0, content: { 'application/json': { schema } } }
}

function describeField({ type, enum: allowed }: Field): object {
  if (type === 'any') return {}
  if (type === 'strings') return { type: 'array', items: { type: 'string' } }
  return { type, ...(allowed === undefined ? {} : { enum: allowed }) }
}
