/*
 * The window of a cost table: six periods, and the one before them that the
 * first is judged by.  Its end is in the address, so that a link shows it.
 */

import { addPeriods, earlier, isPeriod, periodsTo } from "../lib/period";
import type { Granularity } from "../lib/period";

export const SHOWN = 6;

export interface Window {
  dates: string[];
  /* where the arrows lead; null: nothing newer */
  older: string;
  newer: string | null;
  /* of the request: one period more than is shown */
  start: string;
  end: string;
}

export function windowOf(
  wanted: string | null,
  newest: string,
  granularity: Granularity,
): Window {
  const valid = wanted !== null && isPeriod(wanted, granularity);
  const end = valid ? earlier(wanted, newest) : newest;
  const dates = periodsTo(end, SHOWN, granularity);

  return {
    dates,
    older: addPeriods(end, -SHOWN, granularity),
    newer:
      end === newest
        ? null
        : earlier(addPeriods(end, SHOWN, granularity), newest),
    start: addPeriods(end, -SHOWN, granularity),
    end,
  };
}
