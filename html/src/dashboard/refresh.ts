/*
 * Reading again from the providers: how far it is, how often it may be done,
 * and what it has cost the last time.
 */

import { api } from "../api/endpoints";
import { streamCosts } from "../api/events";
import type { CostsQuery } from "../api/events";
import { asProblem } from "../api/problem";
import type { Progress } from "../api/types";
import type { Filters } from "../lib/links";
import { together } from "../lib/useProgress";

const COOL_DOWN = 60_000;
const KEY = "billing.refreshed";

/* Kept over a reload: when it was, and the calls by what was read again. */
interface Memory {
  at: number;
  calls: Record<string, number>;
}

let memory: Memory = { at: 0, calls: {} };

function recall(): Memory {
  try {
    memory = { ...memory, ...(JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Memory) };
  } catch {
    /* storage may be forbidden: then this page remembers */
  }
  return memory;
}

function remember(change: Partial<Memory>): void {
  memory = { ...recall(), ...change };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    /* storage may be forbidden: then this page remembers */
  }
}

function scopeOf(filters: Filters, accounts: number): string {
  return `${JSON.stringify(filters)} ${accounts}`;
}

/* Seconds until it may be done again; a clock that was set back is no reason. */
export function coolDown(now: number): number {
  const past = now - recall().at;

  return past < 0 ? 0 : Math.max(0, Math.ceil((COOL_DOWN - past) / 1000));
}

/* What it took the last time; null: not known. */
export function lastCalls(filters: Filters, accounts: number): number | null {
  return recall().calls[scopeOf(filters, accounts)] ?? null;
}

export function rememberCalls(filters: Filters, accounts: number, calls: number): void {
  if (calls > 0) {
    remember({ calls: { ...recall().calls, [scopeOf(filters, accounts)]: calls } });
  }
}

/* A proxy may have no streams: then it is done, but not told how far. */
async function readOne(
  query: CostsQuery,
  tell: (progress: Progress) => void,
): Promise<void> {
  try {
    await streamCosts(query, new AbortController().signal, tell);
  } catch (cause) {
    const problem = asProblem(cause);
    if (problem.code !== "unexpected" || problem.status >= 400) {
      throw problem;
    }
    await api.costs(query);
  }
}

/* Not called off when the page is left: it has been asked for. */
export async function readAgain(
  filters: Filters,
  tell: (progress: Progress | null) => void,
): Promise<void> {
  const parts: (Progress | undefined)[] = [];
  const queries: CostsQuery[] = [
    { ...filters, granularity: "MONTHLY", refresh: true },
    { ...filters, granularity: "DAILY", refresh: true },
  ];

  remember({ at: Date.now() });
  await Promise.all(
    queries.map((query, at) =>
      readOne(query, (part) => {
        parts[at] = part;
        tell(together(parts));
      }),
    ),
  );
}
