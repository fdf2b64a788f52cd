/*
 * The only place that talks to the server.  What may be asked, and what comes
 * back, is in schema.ts, which is made from the API's own description.
 */

import { Problem, foreign, offline } from "./problem";
import type { Operations, Schemas } from "./schema";

type Operation = keyof Operations;

/* Members that are null, undefined or "" are left out of the address. */
type Loose<Q> = { [K in keyof Q]?: Q[K] | null | undefined };

export type QueryOf<K extends Operation> = Operations[K] extends { query: infer Q }
  ? Loose<Q>
  : never;

/* Headers may be left out as a whole where each of them may be. */
type HeadersOf<H> = Record<string, never> extends H ? { headers?: H } : { headers: H };

/* What an operation takes: path, query, headers and body, each if it has one. */
export type Input<K extends Operation> = Pick<
  Operations[K],
  keyof Operations[K] & ("path" | "body")
> &
  (Operations[K] extends { query: object } ? { query?: QueryOf<K> } : unknown) &
  (Operations[K] extends { headers: infer H } ? HeadersOf<H> : unknown) & {
    signal?: AbortSignal | undefined;
  };

export type Answer<K extends Operation> = Operations[K]["answer"];

/* Any operation's input. */
interface Call {
  path?: Record<string, string>;
  query?: object;
  headers?: object;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

type Hook = (signedIn: boolean) => void;

/* Longer than the server ever takes: whoever waits then waits for nothing. */
const PATIENCE = 120_000;

let onIdentity: Hook = () => undefined;
let sent = 0;
let told = 0; /* by the answer to this one of them */
let clockSkew = 0;

/*
 * Told after each answer whether the server still knows who is asking.  Answers
 * overtake each other: one to an earlier request is old news.
 */
export function setIdentityHook(hook: Hook): void {
  onIdentity = hook;
}

/* The server's clock, as far as its last answer told. */
export function serverNow(): Date {
  return new Date(Date.now() + clockSkew);
}

function queryText(query: object): string {
  const params = new URLSearchParams();

  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") {
      continue;
    }
    for (const one of Array.isArray(value) ? value : [value]) {
      params.append(name, String(one));
    }
  }

  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/* Addresses are relative: <base> of the page holds the public path. */
function urlOf(operation: Operation, { path = {}, query = {} }: Call): string {
  const template = operation.slice(operation.indexOf("/"));
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name]!),
  );

  return `api/v1${filled}${queryText(query)}`;
}

/* Where costs can be downloaded. */
export function csvUrl(query: QueryOf<"GET /costs">): string {
  return urlOf("GET /costs", { query: { ...query, format: "csv" } });
}

export async function csvText(query: QueryOf<"GET /costs">): Promise<string> {
  const response = await fetch(csvUrl(query)).catch(() => {
    throw offline();
  });

  if (!response.ok) {
    throw await problemOf(response);
  }
  return response.text();
}

function headersOf(call: Call, accept: string): Headers {
  const headers = new Headers({ Accept: accept });

  if (call.body !== undefined) {
    headers.set("Content-Type", "application/json");
  }
  /* over plain http a browser does not say that it is our own page that asks */
  if ((call.query as { refresh?: boolean } | undefined)?.refresh === true) {
    headers.set("X-Billing-Refresh", "1");
  }
  for (const [name, value] of Object.entries(call.headers ?? {})) {
    headers.set(name, value as string);
  }
  return headers;
}

function readClock(response: Response): void {
  const date = Date.parse(response.headers.get("Date") ?? "");

  if (!Number.isNaN(date)) {
    clockSkew = date - Date.now();
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get("Content-Type") ?? "";
  const after = Number(response.headers.get("Retry-After") ?? NaN);

  if (!type.startsWith("application/problem+json")) {
    return foreign(response.status);
  }
  const document = (await response.json()) as Schemas["Problem"];
  return new Problem(document, Number.isNaN(after) ? null : after);
}

/* Called off by whoever asked: nobody is told.  All else means no answer. */
function failure(cause: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true || cause instanceof Problem ? cause : offline();
}

async function send(
  operation: Operation,
  call: Call,
  accept: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const turn = ++sent;
  const response = await fetch(urlOf(operation, call), {
    method: operation.slice(0, operation.indexOf(" ")),
    headers: headersOf(call, accept),
    body: call.body === undefined ? null : JSON.stringify(call.body),
    signal: signal ?? null,
    credentials: "same-origin",
  });

  readClock(response);

  if (turn > told) {
    told = turn;
    onIdentity(response.status !== 401);
  }
  return response;
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) {
    throw await problemOf(response);
  }
  if (response.status === 204) {
    return undefined;
  }
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) {
    throw foreign(response.status);
  }
  return response.json();
}

/* Resolves to the answer, or rejects with a Problem. */
export async function request<K extends Operation>(
  operation: K,
  input: Input<K>,
): Promise<Answer<K>> {
  const call = input as Call;
  const patience = new AbortController();
  const stop = () => patience.abort();
  const timer = setTimeout(stop, PATIENCE);

  call.signal?.addEventListener("abort", stop);
  if (call.signal?.aborted === true) {
    stop();
  }
  try {
    const response = await send(operation, call, "application/json", patience.signal);
    return (await answerOf(response)) as Answer<K>;
  } catch (cause) {
    throw failure(cause, call.signal);
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", stop);
  }
}

/* A stream of events as it comes; whoever reads it watches over its time. */
export async function requestStream(
  operation: "GET /costs/stream",
  query: QueryOf<"GET /costs/stream">,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const accept = "text/event-stream";

  try {
    const response = await send(operation, { query }, accept, signal);
    const type = response.headers.get("Content-Type") ?? "";

    if (!response.ok) {
      throw await problemOf(response);
    }
    if (!type.startsWith(accept) || response.body === null) {
      throw foreign(response.status);
    }
    return response.body;
  } catch (cause) {
    throw failure(cause, signal);
  }
}
