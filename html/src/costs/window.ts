/*
 * The window of a cost table: six periods of those that the page is about, or
 * fewer, and the one before them that the first is judged by.
 */

import { addPeriods, earlier } from "../lib/period";
import type { View } from "../lib/view";

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

export function windowOf({ span, granularity }: View): Window {
  const { end, newest } = span;
  const dates = span.dates.slice(-SHOWN);

  return {
    dates,
    older: addPeriods(end, -SHOWN, granularity),
    newer: end === newest ? null : earlier(addPeriods(end, SHOWN, granularity), newest),
    start: addPeriods(dates[0]!, -1, granularity),
    end,
  };
}
