/*
 * Periods of the API: months "2026-11" and days "2026-11-23", all UTC.
 */

export type Granularity = "MONTHLY" | "DAILY";

const DAY_MS = 86_400_000;

export function isMonth(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
}

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    return false;
  }
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export function isPeriod(text: string, granularity: Granularity): boolean {
  return granularity === "MONTHLY" ? isMonth(text) : isDay(text);
}

export function addMonths(month: string, count: number): string {
  const year = Number(month.slice(0, 4));
  const index = year * 12 + Number(month.slice(5, 7)) - 1 + count;
  const text = String(Math.floor(index / 12)).padStart(4, "0");

  return `${text}-${String((((index % 12) + 12) % 12) + 1).padStart(2, "0")}`;
}

export function addDays(day: string, count: number): string {
  const time = Date.parse(`${day}T00:00:00Z`) + count * DAY_MS;
  return new Date(time).toISOString().slice(0, 10);
}

export function addPeriods(
  period: string,
  count: number,
  granularity: Granularity,
): string {
  return granularity === "MONTHLY"
    ? addMonths(period, count)
    : addDays(period, count);
}

export function lastDay(month: string): string {
  return addDays(`${addMonths(month, 1)}-01`, -1);
}

/* From the first period to the last, at most so many: the newest of them. */
export function periodsFrom(
  start: string,
  end: string,
  most: number,
  granularity: Granularity,
): string[] {
  const all = [end];

  while (all.length < most && all[0]! > start) {
    all.unshift(addPeriods(all[0]!, -1, granularity));
  }
  return all;
}

/* So many periods, oldest first, the last one being end. */
export function periodsTo(
  end: string,
  count: number,
  granularity: Granularity,
): string[] {
  return Array.from({ length: count }, (_, index) =>
    addPeriods(end, index - count + 1, granularity),
  );
}

export function currentPeriod(now: Date, granularity: Granularity): string {
  return now.toISOString().slice(0, granularity === "MONTHLY" ? 7 : 10);
}

/* Text order is time order for dates of one kind. */
export function earlier(one: string, other: string): string {
  return one < other ? one : other;
}

export function periodDate(period: string): Date {
  return new Date(`${period.length === 7 ? `${period}-01` : period}T00:00:00Z`);
}

function format(
  period: string,
  lang: string,
  options: Intl.DateTimeFormatOptions,
): string {
  return new Intl.DateTimeFormat(lang, { ...options, timeZone: "UTC" }).format(
    periodDate(period),
  );
}

/*
 * "November 2026", "Mon, November 23, 2026" or "2026년 11월 23일 (월)": Intl has
 * the Korean day of the week bare, which reads as one more "일".
 */
export function longPeriod(period: string, lang: string): string {
  const date = { year: "numeric", month: "long" } as const;

  if (period.length === 7) {
    return format(period, lang, date);
  }
  return lang === "ko"
    ? `${format(period, lang, { ...date, day: "numeric" })} (${format(period, lang, { weekday: "short" })})`
    : format(period, lang, { ...date, day: "numeric", weekday: "short" });
}

/* "November 1 – 27" of this year or any; for what is compared. */
export function shortRange(start: string, end: string, lang: string): string {
  const options = { month: "short", day: "numeric", timeZone: "UTC" } as const;
  const [from, to] = [periodDate(start), periodDate(end)];

  return start === end
    ? new Intl.DateTimeFormat(lang, options).format(from)
    : new Intl.DateTimeFormat(lang, options).formatRange(from, to);
}

/* "Nov 2026" or "Nov 23, 2026": heads of columns. */
export function mediumPeriod(period: string, lang: string): string {
  return period.length === 7
    ? format(period, lang, { year: "numeric", month: "short" })
    : format(period, lang, { year: "numeric", month: "short", day: "numeric" });
}

/*
 * "Nov" or "11/23", in any language: the axis, where there is no room for
 * "11. 23."; January and the first one tell the year, days that of the week.
 */
export function axisPeriod(
  period: string,
  lang: string,
  first: boolean,
): { text: string; below: string | null } {
  if (period.length > 7) {
    return {
      text: period.slice(5).split("-").map(Number).join("/"),
      below: format(period, lang, { weekday: "short" }),
    };
  }
  const year = first || period.endsWith("-01");
  return {
    text: format(period, lang, { month: "short" }),
    below: year ? period.slice(0, 4) : null,
  };
}

/* The name of a day of the week: 1, and 8, is Monday. */
export function weekday(
  day: number,
  lang: string,
  style: "short" | "long",
): string {
  /* the 1st of January 2024 was a Monday */
  return format(addDays("2023-12-31", day), lang, { weekday: style });
}

/* A point in time, said in UTC as everything here; today's without its date. */
export function utcTime(
  iso: string,
  lang: string,
  today: string | null = null,
): string {
  const sameDay = iso.slice(0, 10) === today;
  const text = new Intl.DateTimeFormat(lang, {
    ...(sameDay ? {} : { year: "numeric", month: "short", day: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "UTC",
  }).format(new Date(iso));
  return `${text} UTC`;
}

/* A time of today, as the clock on the wall shows it: of what somebody did here. */
export function clock(at: number, lang: string): string {
  return new Intl.DateTimeFormat(lang, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
}
