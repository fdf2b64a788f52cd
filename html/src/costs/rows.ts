/*
 * Rows of a cost table from an answer that holds one period more than shown.
 */

import type { CostCurrency } from "../api/types";
import { ZERO, sumOf } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { byMagnitude, decimals, largestOf } from "../lib/figures";
import { heat, rise } from "../lib/money";

export interface Cell {
  value: Decimal;
  heat: number;
  /* how many times the period before; null: no rise worth a word */
  rise: number | null;
}

export interface CostRow {
  /* null: the groups past the limit, added up */
  id: string | null;
  cells: Cell[];
  sum: Decimal;
}

function order(one: CostRow, other: CostRow): number {
  if ((one.id === null) !== (other.id === null)) {
    return one.id === null ? 1 : -1;
  }
  return byMagnitude(one.sum, other.sum);
}

export function costRows(
  currency: CostCurrency,
  dimension: string,
  dates: string[],
  /* at which figures are not yet, or not all, there */
  unsure: string[],
): CostRow[] {
  const groups = currency.groups.map(({ key, costs }) => ({
    id: key === null ? null : (key[dimension] ?? ""),
    costs: decimals(costs),
  }));
  const largest = largestOf(groups.flatMap(({ costs }) => costs.slice(1)));

  const row = ({ id, costs }: (typeof groups)[number]): CostRow => ({
    id,
    sum: sumOf(costs.slice(1)),
    cells: costs.slice(1).map((value, at) => ({
      value,
      heat: heat(value, largest),
      /* an unfinished period is not comparable with a finished one */
      rise:
        unsure.includes(dates[at]!) || (at > 0 && unsure.includes(dates[at - 1]!))
          ? null
          : rise(value, costs[at]!),
    })),
  });

  return groups
    .map(row)
    .filter((one) => one.cells.some((cell) => cell.value !== ZERO))
    .sort(order);
}
