/*
 * What a stack is made of: the largest groups each for themselves, all others
 * as two parts, since credits would vanish in one that is net.
 */

import type { CostGroup } from "../api/types";
import { ZERO, abs, parseDecimal, sumOf } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { byMagnitude, decimals } from "../lib/figures";

/* With the two of the rest there are ten. */
export const PARTS = 8;

export interface Part {
  /* null: all others */
  id: string | null;
  kind: "group" | "costs" | "credits";
  /* how many groups it stands for; null: nobody has told */
  count: number | null;
  values: Decimal[];
}

interface Group {
  id: string;
  values: Decimal[];
}

const SIGNS = {
  costs: (value: Decimal) => (value > ZERO ? value : ZERO),
  credits: (value: Decimal) => (value < ZERO ? value : ZERO),
};

/* Of those past the API's own limit only what it has told of them. */
function untold(groups: CostGroup[], kind: "costs" | "credits"): Decimal[] | null {
  const rest = groups.find(({ key }) => key === null);

  if (rest === undefined) {
    return null;
  }
  const told = kind === "costs" ? rest.positive_costs : rest.negative_costs;
  return told === undefined
    ? decimals(rest.costs).map(SIGNS[kind])
    : told.map(parseDecimal);
}

function restOf(
  kind: "costs" | "credits",
  others: Group[],
  groups: CostGroup[],
  dates: number,
): Part[] {
  const more = untold(groups, kind);
  const values = Array.from({ length: dates }, (_, at) =>
    sumOf([...others.map(({ values: of }) => SIGNS[kind](of[at]!)), more?.[at] ?? ZERO]),
  );
  const within = others.filter(({ values: of }) =>
    of.some((value) => SIGNS[kind](value) !== ZERO),
  );

  return values.every((value) => value === ZERO)
    ? []
    : [{ id: null, kind, count: more === null ? within.length : null, values }];
}

export function partsOf(groups: CostGroup[], dimension: string, dates: number): Part[] {
  const known = groups
    .filter(({ key }) => key !== null)
    .map(({ key, costs }) => ({ id: key![dimension] ?? "", values: decimals(costs) }))
    .filter(({ values }) => values.some((value) => value !== ZERO))
    .sort((one, other) => byMagnitude(sumOf(one.values), sumOf(other.values)));
  /* a rest of one is that one */
  const shown = known.length === PARTS + 1 ? PARTS + 1 : PARTS;
  const others = known.slice(shown);

  return [
    ...known.slice(0, shown).map(({ id, values }) => ({
      id,
      kind: "group" as const,
      count: 1,
      values,
    })),
    ...restOf("costs", others, groups, dates),
    ...restOf("credits", others, groups, dates),
  ];
}

/* How much of a whole: of all amounts without their signs, where these mix. */
export function wholeOf(values: Decimal[]): Decimal {
  return sumOf(values.map(abs));
}
