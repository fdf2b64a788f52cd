/*
 * What the dashboards compute from an answer: exact sums, shares, names.
 */

import type { CostGroup, DashboardCurrency } from "../api/types";
import { ZERO, parseDecimal, sumOf } from "./decimal";
import type { Decimal } from "./decimal";

export type Basis = "this" | "last" | "year";

export interface Share {
  /* null: the groups past the limit, added up */
  id: string | null;
  months: Decimal[];
  amount: Decimal;
}

export function decimals(texts: string[]): Decimal[] {
  return texts.map(parseDecimal);
}

export function amountOf(months: Decimal[], basis: Basis): Decimal {
  if (basis === "year") {
    return sumOf(months);
  }
  return months[months.length - (basis === "this" ? 1 : 2)] ?? ZERO;
}

function descending(one: Share, other: Share): number {
  return one.amount < other.amount ? 1 : one.amount > other.amount ? -1 : 0;
}

/* Groups as shares of the chosen months, the largest first, the rest last. */
export function shares(
  groups: CostGroup[],
  dimension: string,
  basis: Basis,
): Share[] {
  const all = groups.map(({ key, costs }): Share => {
    const months = decimals(costs);
    const id = key === null ? null : (key[dimension] ?? "");
    return { id, months, amount: amountOf(months, basis) };
  });
  const known = all.filter((share) => share.id !== null).sort(descending);

  return [...known, ...all.filter((share) => share.id === null)];
}

export function total(currency: DashboardCurrency, basis: Basis): Decimal {
  return amountOf(decimals(currency.monthly.costs), basis);
}
