/*
 * What figures are without.  An account may lack some months and have others,
 * so each figure is asked by its own dates; a sum of several lacks an account
 * as soon as one of them does.
 */

import type { AccountData } from "../api/types";
import type { Granularity } from "./period";

/* How many accounts there are, and how many a figure has. */
export interface Coverage {
  read: number;
  total: number;
}

function monthOf(date: string): string {
  return date.slice(0, 7);
}

function endOf(date: string): string {
  /* text order is time order: "T" is behind all days of a month */
  return date.length === 7 ? `${date}-32` : `${date}T24`;
}

/*
 * Is this date's figure without the account?  Nobody asks for one that is
 * switched off: what came after its figures were read is not in them.
 */
export function lacks(
  account: AccountData,
  date: string,
  granularity: Granularity,
): boolean {
  const { missing } = account;
  const months = granularity === "DAILY" ? missing?.daily : missing?.monthly;

  if (months?.includes(monthOf(date)) === true) {
    return true;
  }
  if (account.state === "failed") {
    /* with nothing said of any, it is without all of them */
    return missing === undefined;
  }
  return (
    account.state === "disabled" &&
    (account.as_of === null || account.as_of < endOf(date))
  );
}

export function lacksAny(
  account: AccountData,
  dates: string[],
  granularity: Granularity,
): boolean {
  return dates.some((date) => lacks(account, date, granularity));
}

/* null: nothing is missing. */
export function coverageOf(
  accounts: AccountData[],
  dates: string[],
  granularity: Granularity,
): Coverage | null {
  const out = accounts.filter((account) => lacksAny(account, dates, granularity)).length;

  return out === 0 ? null : { read: accounts.length - out, total: accounts.length };
}

/*
 * Do two answers stand on other accounts?  Then one of them is older, though
 * both are on one page.  Asked of months that both know of.
 */
export function disagree(
  one: AccountData[],
  other: AccountData[],
  months: string[],
  granularity: Granularity,
): boolean {
  const known = new Map(one.map((account) => [account.id, account]));

  return other.some((account) => {
    const same = known.get(account.id);
    return (
      same !== undefined &&
      months.some(
        (month) => lacks(same, month, granularity) !== lacks(account, month, granularity),
      )
    );
  });
}
