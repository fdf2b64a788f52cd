/*
 * Data of a page: loaded anew when what it depends on changes, cancelled when
 * nobody waits for it any more.  Old data stays while new data is on its way.
 */

import { useCallback, useEffect, useState } from "preact/hooks";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";

export interface Loaded<T> {
  data: T | null;
  problem: Problem | null;
  loading: boolean;
  reload: () => void;
  /* how often the same was asked for anew before data came: parts that go
   * along with it are then asked for, too */
  round: number;
}

export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: unknown[],
): Loaded<T> {
  const [loaded, setLoaded] = useState<{ data: T | null; round: number }>({
    data: null,
    round: 0,
  });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loading, setLoading] = useState(true);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const abort = new AbortController();

    setLoading(true);
    load(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) {
          setLoaded({ data: value, round: attempt });
          setProblem(null);
          setLoading(false);
        }
      },
      (cause: unknown) => {
        if (!abort.signal.aborted) {
          setProblem(asProblem(cause));
          setLoading(false);
        }
      },
    );
    return () => abort.abort();
  }, [...inputs, attempt]);

  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { ...loaded, problem, loading, reload };
}

/* The value as it was so many milliseconds ago, once it has come to rest. */
export function useSettled<T>(value: T, delay: number): T {
  const [settled, setSettled] = useState(value);

  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);

  return settled;
}
