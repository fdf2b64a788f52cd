/*
 * What went wrong with a call: the server's problem document (RFC 9457), or
 * one of our own making where no answer came.
 */

import type { FieldError, ProblemDocument, Reason } from "./types";

/* The server's, or what is known without it, with a code of our own. */
type Told = Pick<ProblemDocument, "title" | "status"> &
  Partial<Omit<ProblemDocument, "code">> & {
    code: ProblemDocument["code"] | "network" | "unexpected";
  };

export class Problem extends Error {
  readonly status: number;
  readonly code: Told["code"];
  readonly detail: string;
  readonly requestId: string | null;
  readonly errors: FieldError[];
  readonly reason: Reason | null;
  readonly retryAfter: number | null;

  constructor(document: Told, retryAfter: number | null = null) {
    super(document.detail ?? document.title);
    this.status = document.status;
    this.code = document.code;
    this.detail = document.detail ?? document.title;
    this.requestId = document.request_id ?? null;
    this.errors = document.errors ?? [];
    this.reason = document.reason ?? null;
    this.retryAfter = retryAfter;
  }
}

/* The server could not be reached at all. */
export function offline(): Problem {
  return new Problem({ title: "Network error", status: 0, code: "network" });
}

/* Something in between answered, not the API. */
export function foreign(status: number): Problem {
  return new Problem({
    title: `HTTP ${status}`,
    status,
    code: status === 401 ? "unauthenticated" : "unexpected",
  });
}

export function asProblem(cause: unknown): Problem {
  if (cause instanceof Problem) {
    return cause;
  }
  return new Problem({
    title: cause instanceof Error ? cause.message : String(cause),
    status: 0,
    code: "unexpected",
  });
}
