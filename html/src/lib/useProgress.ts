/*
 * How far the lookups are that a page waits for.  The streams join what the
 * page's own requests have begun: they cause no further lookups.
 */

import { useEffect, useState } from "preact/hooks";
import { followCosts } from "../api/events";
import type { CostsQuery } from "../api/events";
import type { Progress } from "../api/types";

/* What comes sooner needs no bar; milliseconds. */
const MOMENT = 400;

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/* The months of a dashboard: twelve as such, and the days of two. */
export function monthsOf(now: Date): CostsQuery[] {
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const before = new Date(first.getTime() - 86_400_000);

  return [
    { granularity: "MONTHLY" },
    { granularity: "DAILY", start: day(before), end: day(first) },
  ];
}

/* Several as one; null as long as none has told. */
export function together(parts: (Progress | undefined)[]): Progress | null {
  const told = parts.filter((part) => part !== undefined);

  return told.length === 0
    ? null
    : told.reduce((sum, { done, total }) => ({
        done: sum.done + done,
        total: sum.total + total,
      }));
}

/* Of the questions that are asked; none: nobody waits. */
export function useProgress(queries: CostsQuery[]): Progress | null {
  const [progress, setProgress] = useState<Progress | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    const parts: (Progress | undefined)[] = [];

    setProgress(null);
    const timer = setTimeout(() => {
      queries.forEach((query, at) => {
        void followCosts(query, abort.signal, (part) => {
          parts[at] = part;
          setProgress(together(parts));
        });
      });
    }, MOMENT);

    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [JSON.stringify(queries)]);

  return progress;
}
