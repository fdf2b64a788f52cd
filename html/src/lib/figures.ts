/*
 * What the dashboards compute from an answer: exact sums, shares, names.
 */

import type { CostGroup, ShareOf } from "../api/types";
import { ZERO, abs, parseDecimal, sumOf } from "./decimal";
import type { Decimal } from "./decimal";

export type Basis = "this" | "last" | "year";

export interface Share {
  /* null: the groups past the limit, added up */
  id: string | null;
  months: Decimal[];
  amount: Decimal;
  /* what of it lies above zero, and what below; both of the rest, at times */
  above: Decimal;
  below: Decimal;
}

export interface Shares {
  rows: Share[];
  /* costs and credits: then a part could be larger than the sum */
  mixed: boolean;
  /* what a share is a part of: the sum, or all without their signs */
  whole: Decimal;
  /* how much of that is credits */
  below: Decimal;
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

/* The largest first, whatever its sign. */
export function byMagnitude(one: Decimal, other: Decimal): number {
  const [a, b] = [abs(one), abs(other)];
  return a < b ? 1 : a > b ? -1 : 0;
}

export function largestOf(values: Iterable<Decimal>): Decimal {
  let most = ZERO;

  for (const value of values) {
    most = abs(value) > most ? abs(value) : most;
  }
  return most;
}

function shareOf(group: CostGroup, dimension: string, basis: Basis): Share {
  const months = decimals(group.costs);
  const amount = amountOf(months, basis);
  const { positive, negative } = group;
  const known = basis === "year" && positive !== undefined && negative !== undefined;

  return {
    id: group.key === null ? null : (group.key[dimension] ?? ""),
    months,
    amount,
    above: known ? parseDecimal(positive) : amount > ZERO ? amount : ZERO,
    below: known ? parseDecimal(negative) : amount < ZERO ? amount : ZERO,
  };
}

/*
 * Groups as shares of the chosen months, the largest first, the rest last.
 * The API says of all months what shares are of; of one month the rest counts
 * as one amount, since nobody tells what it is made of.
 */
export function shares(
  groups: CostGroup[],
  dimension: string,
  basis: Basis,
  of: ShareOf,
): Shares {
  const all = groups.map((group) => shareOf(group, dimension, basis));
  const known = all.filter((share) => share.id !== null);
  const above = sumOf(all.map((share) => share.above));
  const below = sumOf(all.map((share) => share.below));

  return {
    rows: [
      ...known.sort((one, other) => byMagnitude(one.amount, other.amount)),
      ...all.filter((share) => share.id === null),
    ],
    mixed: basis === "year" ? of === "magnitudes" : above > ZERO && below < ZERO,
    whole: above - below,
    below: -below,
  };
}
