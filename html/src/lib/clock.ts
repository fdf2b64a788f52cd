/*
 * Points in time.  All days are UTC's, and so is what is said first; beside it
 * stands the time on the reader's own clock, where that is another one.
 */

import { utcTime } from "./period";

/* "15:51 GMT+9", with its date where that is another day; null: no difference. */
export function localTime(
  iso: string,
  lang: string,
  zone: string = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string | null {
  const date = new Date(iso);
  const day = (timeZone: string) =>
    new Intl.DateTimeFormat("sv", { timeZone }).format(date);
  const clock = (timeZone: string) =>
    new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "short" })
      .format(date);

  if (clock(zone) === clock("UTC")) {
    return null;
  }
  return new Intl.DateTimeFormat(lang, {
    ...(day(zone) === day("UTC") ? {} : { month: "short", day: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
    timeZoneName: "short",
  }).format(date);
}

function both(text: string, local: string | null): string {
  return local === null ? text : `${text} (${local})`;
}

/* "06:51 UTC (15:51 GMT+9)"; today's without its date. */
export function shortTime(iso: string, lang: string, today: string): string {
  return both(utcTime(iso, lang, today), localTime(iso, lang));
}

/* The same with its date, whatever it is. */
export function fullTime(iso: string, lang: string): string {
  return both(utcTime(iso, lang), localTime(iso, lang));
}
