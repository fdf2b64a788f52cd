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
  /* of the rest, its two sides are told apart */
  kind: "group" | "costs" | "credits";
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

function share(
  id: string | null,
  kind: Share["kind"],
  months: Decimal[],
  amount: Decimal,
): Share {
  return {
    id,
    kind,
    months,
    amount,
    above: amount > ZERO ? amount : ZERO,
    below: amount < ZERO ? amount : ZERO,
  };
}

/*
 * Credits would vanish in a rest that is net.  Of all months it is told by the
 * signs of whole groups, of one month by those in it.
 */
function restOf(group: CostGroup, basis: Basis): Share[] {
  const { positive_costs: costs, negative_costs: credits } = group;

  if (costs === undefined || credits === undefined) {
    const months = decimals(group.costs);
    const rest = share(null, "group", months, amountOf(months, basis));
    return [
      basis === "year" && group.positive !== undefined && group.negative !== undefined
        ? { ...rest, above: parseDecimal(group.positive), below: parseDecimal(group.negative) }
        : rest,
    ];
  }
  const sides = [
    { kind: "costs", months: decimals(costs), all: group.positive },
    { kind: "credits", months: decimals(credits), all: group.negative },
  ] as const;
  return sides
    .map(({ kind, months, all }) =>
      share(
        null,
        kind,
        months,
        basis === "year" && all !== undefined ? parseDecimal(all) : amountOf(months, basis),
      ),
    )
    .filter(({ kind, amount }) => kind === "costs" || amount !== ZERO);
}

function sharesOf(group: CostGroup, dimension: string, basis: Basis): Share[] {
  if (group.key === null) {
    return restOf(group, basis);
  }
  const months = decimals(group.costs);
  return [share(group.key[dimension] ?? "", "group", months, amountOf(months, basis))];
}

/*
 * Groups as shares of the chosen months, the largest first, the rest last.
 * The API says of all months what shares are of.
 */
export function shares(
  groups: CostGroup[],
  dimension: string,
  basis: Basis,
  of: ShareOf,
): Shares {
  const all = groups.flatMap((group) => sharesOf(group, dimension, basis));
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
