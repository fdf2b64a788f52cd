/*
 * Parts of a page are answers of their own, and while accounts are still being
 * read a later one has more of them: then the page's own is asked for again,
 * till all of them stand on the same accounts.
 */

import { useEffect, useRef } from "preact/hooks";
import type { AccountData, Costs } from "../api/types";
import { disagree } from "./complete";
import { periodsTo } from "./period";
import type { Granularity } from "./period";

/* An account may fail for one question and answer another for good. */
const TRIES = 3;

/* Of a dashboard: twelve months, and the days of two. */
export function boardMonths(newest: string, granularity: Granularity): string[] {
  return periodsTo(newest, granularity === "DAILY" ? 2 : 12, "MONTHLY");
}

export function useAgreement(
  accounts: AccountData[],
  /* that the accounts' answer knows of, in the granularity of the other */
  months: string[],
  answer: Costs | null,
  onOld: () => void,
): void {
  const tries = useRef(0);
  const seen = useRef<Costs | null>(null);

  useEffect(() => {
    /* one that was judged before does not tell more with time */
    if (answer === null || answer === seen.current) {
      return;
    }
    seen.current = answer;
    const both = new Set(answer.dates.map((date) => date.slice(0, 7)));
    const shared = months.filter((month) => both.has(month));
    if (!disagree(accounts, answer.accounts, shared, answer.granularity)) {
      tries.current = 0;
    } else if (tries.current < TRIES) {
      tries.current += 1;
      onOld();
    }
  }, [accounts, answer]);
}
