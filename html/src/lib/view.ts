/*
 * How a page looks at its figures.  All of it is in the address, which is read
 * in this one place: parts of a page get what came of it, and so cannot take
 * one parameter in two ways.
 */

import { serverNow } from "../api/client";
import { useLocation } from "../router";
import {
  addMonths,
  currentPeriod,
  earlier,
  isMonth,
  isPeriod,
  lastDay,
  periodsFrom,
  periodsTo,
} from "./period";
import type { Granularity } from "./period";

export const SPANS = [14, 30, 60, 90] as const;

/* As many as are drawn at most. */
const MOST = { MONTHLY: 24, DAILY: 92 };
const MONTHS = 12;

export interface Span {
  /* of the charts, oldest first */
  dates: string[];
  start: string;
  end: string;
  /* the newest there is: figures of later ones do not exist */
  newest: string;
  /* what a page shows that is asked for nothing else */
  usual: boolean;
}

export interface View {
  /* null: all of them */
  currency: string | null;
  granularity: Granularity;
  /* of days: how many, where nothing narrower is asked for */
  days: number;
  span: Span;
  /* of the calendar */
  month: string;
  newestMonth: string;
  split: string | null;
  asTable: boolean;
}

function daysOf(query: URLSearchParams): number {
  const wanted = Number(query.get("days"));
  return SPANS.find((span) => span === wanted) ?? SPANS[0];
}

function spanOf(query: URLSearchParams, granularity: Granularity, now: Date): Span {
  const newest = currentPeriod(now, granularity);
  const [from, to] = ["start", "end"].map((name) => {
    const text = query.get(name);
    return text !== null && isPeriod(text, granularity) ? text : null;
  });
  const end = to == null ? newest : earlier(to, newest);
  const count = granularity === "DAILY" ? daysOf(query) : MONTHS;
  const dates =
    from == null || from > end
      ? periodsTo(end, count, granularity)
      : periodsFrom(from, end, MOST[granularity], granularity);

  return {
    dates,
    start: dates[0]!,
    end,
    newest,
    usual: dates.length === (granularity === "DAILY" ? SPANS[0] : MONTHS) && end === newest,
  };
}

export function viewOf(query: URLSearchParams, now: Date): View {
  const granularity = query.get("by") === "day" ? "DAILY" : "MONTHLY";
  const span = spanOf(query, granularity, now);
  const newestMonth = currentPeriod(now, "MONTHLY");
  const month = query.get("month");
  const named = query.has("end") ? span.end.slice(0, 7) : newestMonth;

  return {
    currency: query.get("currency"),
    granularity,
    days: daysOf(query),
    span,
    month: earlier(month !== null && isMonth(month) ? month : named, newestMonth),
    newestMonth,
    split: query.get("split"),
    asTable: query.get("as") === "table",
  };
}

export function useView(): View {
  return viewOf(useLocation().query, serverNow());
}

/* What the address says to look at one period alone: a month by its days. */
export function periodQuery(period: string, now: Date): Record<string, string> {
  const today = currentPeriod(now, "DAILY");

  return period.length === 7
    ? {
        by: "day",
        start: `${period}-01`,
        end: earlier(lastDay(period), today),
        month: period,
      }
    : { by: "day", start: period, end: period, month: period.slice(0, 7) };
}

/* The last of the periods before: where "earlier" leads. */
export function before(view: View): string {
  const { start } = view.span;

  return view.granularity === "MONTHLY" ? addMonths(start, -1) : periodsTo(start, 2, "DAILY")[0]!;
}
