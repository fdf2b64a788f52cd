/*
 * How far the lookups are that a dashboard waits for.  The streams join what
 * the dashboard's own request has begun: they cause no further lookups.
 */

import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../api/client";
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

export function useProgress(project: string | null): Progress | null {
  const [progress, setProgress] = useState<Progress | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    const parts: Progress[] = [];

    const timer = setTimeout(() => {
      monthsOf(serverNow()).forEach((query, at) => {
        void followCosts({ ...query, project }, abort.signal, (part) => {
          parts[at] = part;
          setProgress(
            parts.reduce((sum, { done, total }) => ({
              done: sum.done + done,
              total: sum.total + total,
            })),
          );
        });
      });
    }, MOMENT);

    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [project]);

  return progress;
}
