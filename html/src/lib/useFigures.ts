/*
 * Figures of a page.  Where there are old ones the server does not let anybody
 * wait for new ones: it answers at once and reads them behind the answer; and
 * where there are none, pages wait no longer than a moment.  So they are asked
 * for again, as long as somebody looks: figures fill in as accounts are read.
 */

import { useEffect, useRef } from "preact/hooks";
import type { AccountData } from "../api/types";
import { ensureDirectory } from "../store/directory";
import { useLoad } from "./useLoad";
import type { Loaded } from "./useLoad";

/* The server tries a provider that failed again after 5 s: none is longer. */
const PAUSES = [800, 1500, 3000, 4500, 4500];
/* What is late was waited for already, and more of it came. */
const NEXT = 300;
/* How often it is asked for with nothing new: hundreds of accounts that are read
 * side by side are there all at once, a minute later. */
const PATIENCE = 12;

interface Figures {
  accounts: AccountData[];
  degraded?: string;
}

/* Old, with no reason why it could not be renewed: that is under way. */
export function isUpdating(account: AccountData): boolean {
  return account.state === "stale" && account.code === null;
}

/* Not there in time, while reading goes on: the next answer may have it. */
export function isLate(account: AccountData): boolean {
  return account.state === "failed" && account.code === "timeout";
}

function lateIn({ accounts }: Figures): number {
  return accounts.filter(isLate).length;
}

/* Nothing is there yet that could be shown. */
function isBlank(answer: Figures): boolean {
  return (
    lateIn(answer) > 0 &&
    answer.accounts.every(({ state }) => state === "failed" || state === "disabled")
  );
}

/* How many accounts will have newer figures in a moment. */
function pendingIn(answers: Figures[]): number {
  return answers
    .filter(({ degraded }) => degraded === undefined)
    .reduce(
      (sum, { accounts }) =>
        sum + accounts.filter((one) => isUpdating(one) || isLate(one)).length,
      0,
    );
}

/* Runs once after so many milliseconds during all of which the page is seen. */
function whenSeen(pause: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;

  const change = () => {
    clearTimeout(timer);
    timer = document.hidden ? undefined : setTimeout(run, pause);
  };

  document.addEventListener("visibilitychange", change);
  change();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", change);
  };
}

/*
 * useLoad() of something that is made of answers with figures: parts() names
 * them.  updating: new figures are on their way, and will be asked for; late:
 * those of so many accounts for the first time.
 * Figures are shown together with the names of what they are for: till names
 * came there would be ids, and then columns of other widths.
 */
export function useFigures<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: unknown[],
  parts: (data: T) => Figures[],
): Loaded<T> & { updating: boolean; late: number } {
  const loaded = useLoad(async (signal) => {
    const [figures] = await Promise.all([load(signal), ensureDirectory()]);
    return figures;
  }, inputs);
  const { data, problem, reload } = loaded;
  const tries = useRef(0);
  const shown = useRef<T | null>(null);
  const pending = data === null || problem !== null ? 0 : pendingIn(parts(data));
  const updating = pending > 0;
  const answers = data === null ? [] : parts(data);
  const late = Math.max(0, ...answers.map(lateIn));
  const fewest = useRef(Infinity);
  const limit = late > 0 ? PATIENCE : PAUSES.length;

  useEffect(() => {
    tries.current = 0;
  }, inputs);

  useEffect(() => {
    if (!updating) {
      tries.current = 0;
      fewest.current = Infinity;
      return undefined;
    }
    /* as long as it gets on, there is a reason to go on asking */
    const moves = pending < fewest.current;
    if (moves) {
      tries.current = late > 0 ? 0 : Math.min(tries.current, PAUSES.length - 1);
      fewest.current = pending;
    }
    if (tries.current >= limit) {
      return undefined;
    }
    const pause =
      moves && late > 0 ? NEXT : PAUSES[Math.min(tries.current, PAUSES.length - 1)]!;
    return whenSeen(pause, () => {
      tries.current++;
      reload();
    });
  }, [data, updating, reload]);

  const goesOn = updating && tries.current < limit;
  const blank = goesOn && answers.some(isBlank);
  if (!blank) {
    shown.current = data;
  }
  return {
    ...loaded,
    data: shown.current,
    loading: loaded.loading || blank,
    updating: goesOn,
    late: goesOn ? late : 0,
  };
}
