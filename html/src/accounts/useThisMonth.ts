/*
 * What accounts or projects cost this month, beside a list of them: the list
 * does not wait for it.
 */

import { api } from "../api/endpoints";
import { serverNow } from "../api/client";
import type { Costs } from "../api/types";
import { parseDecimal } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { currentPeriod } from "../lib/period";
import { useLoad } from "../lib/useLoad";

export interface Amount {
  currency: string;
  value: Decimal;
}

/*
 * "none": nothing was spent; "unread": it is not known, which is no zero;
 * "loading": it will be.
 */
export type Spent = Amount[] | "none" | "unread" | "loading";

export interface Month {
  of: (id: string) => Spent;
  /* there is an answer, or there will be none */
  settled: boolean;
}

const MOST = 1000;

type Dimension = "account" | "project";

function amountsOf(costs: Costs, dimension: Dimension): Map<string, Amount[]> {
  const found = new Map<string, Amount[]>();

  for (const { currency, groups } of costs.currencies) {
    for (const { key, sum } of groups) {
      const id = key?.[dimension];
      if (id !== undefined) {
        const value = parseDecimal(sum);
        found.set(id, [...(found.get(id) ?? []), { currency, value }]);
      }
    }
  }
  return found;
}

/* Accounts: whose costs are not known, and which groups these could be in. */
export function useThisMonth(
  dimension: Dimension,
  /* empty: of all of them; null: not yet */
  ids: string[] | null,
  /* accounts that a group's costs come of */
  accountsOf: (id: string) => string[],
): Month {
  const month = currentPeriod(serverNow(), "MONTHLY");
  const { data, problem, loading } = useLoad(
    async (signal) =>
      ids === null
        ? null
        : api.costs(
            {
              granularity: "MONTHLY",
              start: month,
              end: month,
              group_by: dimension,
              limit: MOST,
              ...(ids.length === 0 ? {} : { [dimension]: ids }),
            },
            signal,
          ),
    [dimension, month, ids === null ? null : ids.join(",")],
  );
  const amounts = data === null ? null : amountsOf(data, dimension);
  const bad = new Set(
    (data?.accounts ?? [])
      .filter(({ state }) => state === "failed" || state === "disabled")
      .map(({ id }) => id),
  );
  const cut = data?.currencies.some(({ groups }) => groups.some(({ key }) => key === null));

  const of = (id: string): Spent => {
    if (amounts === null) {
      return problem === null ? "loading" : "unread";
    }
    if (accountsOf(id).some((account) => bad.has(account))) {
      return amounts.get(id) ?? "unread";
    }
    return amounts.get(id) ?? (cut === true ? "unread" : "none");
  };

  return { of, settled: ids === null || !loading };
}

/* Currencies are never compared: by their codes, then by amounts. */
export function compareSpent(one: Spent, other: Spent): number {
  if (typeof one === "string" || typeof other === "string") {
    return Number(typeof one !== "string") - Number(typeof other !== "string");
  }
  const [a, b] = [one[0]!, other[0]!];
  if (a.currency !== b.currency) {
    return a.currency < b.currency ? 1 : -1;
  }
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}
