/*
 * A month laid out in weeks.  Days outside of it are null.
 */

import { addDays, lastDay } from "./period";

interface WeekInfo {
  firstDay: number;
}

type WithWeekInfo = Intl.Locale & {
  getWeekInfo?: () => WeekInfo;
  weekInfo?: WeekInfo;
};

/* 1 (Monday) to 7 (Sunday), as the language has it; older engines: Monday. */
export function firstWeekday(lang: string): number {
  const locale = new Intl.Locale(lang) as WithWeekInfo;

  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
}

export function weeksOf(month: string, firstDay: number): (string | null)[][] {
  const first = `${month}-01`;
  const count = Number(lastDay(month).slice(8));
  const weekday = new Date(`${first}T00:00:00Z`).getUTCDay();
  const lead = (weekday - firstDay + 7) % 7;
  const weeks: (string | null)[][] = [];

  for (let at = 0; at < lead + count; at++) {
    if (at % 7 === 0) {
      weeks.push(Array.from({ length: 7 }, () => null));
    }
    if (at >= lead) {
      weeks[weeks.length - 1]![at % 7] = addDays(first, at - lead);
    }
  }
  return weeks;
}
