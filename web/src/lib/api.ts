/** The documented API and nothing else: typed by openapi.json (tools/web types), every fault a Problem. */
import createClient from 'openapi-fetch';
import type { paths } from './api.gen';

export interface Fault {
  pointer?: string;
  code: string;
  message: string;
}

/** RFC 9457, as the server says it: title and detail are sentences in the reader's language. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: Fault[];
  constructor(status: number, body: { title?: string; detail?: string; code?: string; errors?: Fault[] }) {
    super(body.title ?? body.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? (status ? 'unknown' : 'offline');
    this.detail = body.detail ?? '';
    this.errors = body.errors ?? [];
  }
  /** The message for a field of a form, or nothing. */
  at(field: string) {
    return this.errors.find((fault) => fault.pointer === field || fault.pointer === `/${field}`)?.message;
  }
}

const language = () => document.documentElement.lang || 'en';

/** fetch that says who answers in which language, and turns every failure into a Problem. */
async function send(request: Request): Promise<Response> {
  request.headers.set('accept-language', language());
  let response: Response;
  try {
    response = await fetch(request);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Problem(0, {});
  }
  if (response.ok || response.status === 304) return response;
  const text = await response.text();
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    body = { detail: text.slice(0, 500) };
  }
  throw new Problem(response.status, body);
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** The data of a call: `await data(api.GET('/api/v1/me'))`. Shapes that openapi.json describes only in words are named by the caller. */
export async function data<T>(call: Promise<{ data?: unknown }>): Promise<T> {
  return (await call).data as T;
}

/** A call to any address of the API, for paths made at run time: `ask<Row>('GET', '/api/v1/accounts', { query: { limit: 20 } })`. */
export async function ask<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options: {
    query?: Record<string, string | number | boolean | undefined | null>;
    body?: unknown;
    etag?: string;
    signal?: AbortSignal;
  } = {},
): Promise<T> {
  const address = new URL(path, location.origin);
  for (const [name, value] of Object.entries(options.query ?? {}))
    if (value !== undefined && value !== null && value !== '') address.searchParams.set(name, String(value));
  const headers: Record<string, string> = {};
  const upload = options.body instanceof Blob;
  if (options.body !== undefined) headers['content-type'] = upload ? 'text/csv' : 'application/json';
  if (options.etag) headers['if-match'] = options.etag;
  const response = await send(
    new Request(address, {
      method,
      headers,
      body: options.body === undefined ? undefined : upload ? (options.body as Blob) : JSON.stringify(options.body),
      signal: options.signal,
    }),
  );
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return (type.includes('json') && text ? JSON.parse(text) : text) as T;
}

/** A page of a list. */
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
  has_more: boolean;
}
