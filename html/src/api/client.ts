/*
 * The only place that talks to the server.
 */

import { Problem, foreign, offline } from "./problem";
import type { ProblemDocument } from "./types";

export type Query = Record<
  string,
  string | number | boolean | string[] | null | undefined
>;

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  body?: unknown;
  accept?: string;
  /* the version that a change is based on: becomes If-Match */
  version?: number;
  idempotencyKey?: string;
  signal?: AbortSignal | undefined;
}

type Hook = (signedIn: boolean) => void;

let onIdentity: Hook = () => undefined;
let clockSkew = 0;

/* Told after each answer whether the server still knows who is asking. */
export function setIdentityHook(hook: Hook): void {
  onIdentity = hook;
}

/* The server's clock, as far as its last answer told. */
export function serverNow(): Date {
  return new Date(Date.now() + clockSkew);
}

export function queryText(query: Query): string {
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
export function apiUrl(path: string, query: Query = {}): string {
  return `api/v1/${path}${queryText(query)}`;
}

function headersOf(call: Call): Headers {
  const headers = new Headers({ Accept: call.accept ?? "application/json" });

  if (call.body !== undefined) {
    headers.set("Content-Type", "application/json");
  }
  if (call.version !== undefined) {
    headers.set("If-Match", `"${call.version}"`);
  }
  if (call.idempotencyKey !== undefined) {
    headers.set("Idempotency-Key", call.idempotencyKey);
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
  const document = (await response.json()) as ProblemDocument;
  return new Problem(document, Number.isNaN(after) ? null : after);
}

async function send(path: string, call: Call): Promise<Response> {
  try {
    return await fetch(apiUrl(path, call.query), {
      method: call.method ?? "GET",
      headers: headersOf(call),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: call.signal ?? null,
      credentials: "same-origin",
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") {
      throw cause;
    }
    throw offline();
  }
}

export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  readClock(response);
  onIdentity(response.status !== 401);

  if (!response.ok) {
    throw await problemOf(response);
  }
  if (response.status === 204) {
    return undefined as T;
  }
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) {
    throw foreign(response.status);
  }
  return (await response.json()) as T;
}

/* A stream of events as it comes; null where something else was answered. */
export async function requestStream(
  path: string,
  query: Query,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | null> {
  const accept = "text/event-stream";
  const response = await send(path, { query, signal, accept });
  const type = response.headers.get("Content-Type") ?? "";

  return response.ok && type.startsWith(accept) ? response.body : null;
}
