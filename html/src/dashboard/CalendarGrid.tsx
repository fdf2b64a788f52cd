/*
 * A month of days, shaded by cost: weekdays stand below each other, so that a
 * quiet weekend or a bad Tuesday is seen at once.  It is a table, which is
 * also what a screen reader hears; the arrow keys go from day to day.  What a
 * day has is said below it, and leads to that day.
 */

import { useRef, useState } from "preact/hooks";
import { t, useLang } from "../i18n";
import { serverNow } from "../api/client";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { firstWeekday, weeksOf } from "../lib/calendar";
import { ZERO, abs, ratio, toNumber } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { narrowed } from "../lib/links";
import type { Filters } from "../lib/links";
import { compactNumber, heatClass, money, percent, ranks, signedPercent, widthOf } from "../lib/money";
import { addDays, longPeriod, weekday } from "../lib/period";
import { periodQuery } from "../lib/view";
import { href, navigate } from "../router";
import { wholeOf } from "../charts/parts";

export interface Days {
  values: Map<string, Decimal>;
  open: string[];
  /* without some account */
  partial: string[];
}

interface DayProps {
  date: string;
  days: Days;
  currency: string;
  /* the one that Tab leads to */
  stop: boolean;
  degree: (value: Decimal) => number;
}

/* Its figure in the calendar. */
function shortDay(value: Decimal, partial: boolean, lang: string, currency: string): string {
  const text = value === ZERO ? "–" : compactNumber(toNumber(value), lang, currency);
  return partial ? `${text}*` : text;
}

function Day({ date, days, currency, stop, degree }: DayProps) {
  const lang = useLang();
  const value = days.values.get(date);
  const number = Number(date.slice(8));

  if (value === undefined) {
    return (
      <td class="day later">
        <span class="day-number">{number}</span>
      </td>
    );
  }

  const open = days.open.includes(date);
  const partial = days.partial.includes(date);
  const says = [
    longPeriod(date, lang),
    ...(open ? [t("state.in_progress")] : []),
    ...(partial ? [t("state.partial")] : []),
  ];
  const { text, exact } = money(value, lang, currency);
  return (
    <td
      class={`day ${heatClass(value, degree(value))}${open ? " open" : ""}${partial ? " partial" : ""}`}
      title={`${longPeriod(date, lang)}: ${exact}`}
      tabIndex={stop ? 0 : -1}
      data-date={date}
    >
      <div class="day-box">
      <span class="day-number" aria-hidden="true">
        {number}
      </span>
      <span class="day-cost" aria-hidden="true">
        {shortDay(value, partial, lang, currency)}
      </span>
      <span class="sr">{`${says[0]}: ${[text, ...says.slice(1)].join(", ")}`}</span>
      </div>
    </td>
  );
}

function Head() {
  const lang = useLang();
  const first = firstWeekday(lang);

  return (
    <thead>
      <tr>
        {Array.from({ length: 7 }, (_, at) => (
          <th key={at} scope="col">
            <span aria-hidden="true">{weekday(first + at, lang, "short")}</span>
            <span class="sr">{weekday(first + at, lang, "long")}</span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

/* Where a key leads from a day; undefined: it is no key of ours. */
function target(key: string, date: string, known: string[]): string | undefined {
  const steps: Record<string, string | undefined> = {
    ArrowLeft: addDays(date, -1),
    ArrowRight: addDays(date, 1),
    ArrowUp: addDays(date, -7),
    ArrowDown: addDays(date, 7),
    Home: known[0],
    End: known[known.length - 1],
  };

  return steps[key];
}

interface Props {
  month: string;
  days: Days;
  currency: string;
  filters: Filters;
}

/* The figures of the cells are left out where the longest would not fit. */
const LENGTHS = [3, 12] as const;

function lengthOf(days: Days, lang: string, currency: string): number {
  const texts = [...days.values].map(([date, value]) =>
    shortDay(value, days.partial.includes(date), lang, currency),
  );
  return Math.ceil(
    Math.min(LENGTHS[1], Math.max(LENGTHS[0], ...texts.map(widthOf))),
  );
}

interface ReadProps {
  read: string;
  days: Days;
  currency: string;
  filters: Filters;
}

function Read({ read, days, currency, filters }: ReadProps) {
  const lang = useLang();
  const value = days.values.get(read)!;
  const last = days.values.get(addDays(read, -1));
  const whole = wholeOf([...days.values.values()]);
  const usable = [read, addDays(read, -1)].every(
    (date) => !days.open.includes(date) && !days.partial.includes(date),
  );
  const target = narrowed(filters, periodQuery(read, serverNow()));

  return (
    <>
      <span>{longPeriod(read, lang)}</span>
      <b>
        <Money value={value} currency={currency} />
      </b>
      {usable && last !== undefined && last > ZERO && (
        <span>
          {t("calendar.change", {
            change: signedPercent(toNumber(value - last) / toNumber(last), lang),
          })}
        </span>
      )}
      {whole !== ZERO && (
        <span>{t("calendar.share", { share: percent(ratio(abs(value), whole), lang) })}</span>
      )}
      {days.open.includes(read) && <span>{t("state.in_progress")}</span>}
      {days.partial.includes(read) && <span>{t("state.partial")}</span>}
      <Link to={target.to} query={target.query!} class="chart-read-link">
        {t("chart.open")}
        <Icon name="right" />
      </Link>
    </>
  );
}

export function CalendarGrid({ month, days, currency, filters }: Props) {
  const lang = useLang();
  const table = useRef<HTMLTableElement>(null);
  const known = [...days.values.keys()].sort();
  const [visited, setVisited] = useState<string | null>(null);
  const [read, setRead] = useState<string | null>(null);
  /* a finger chooses first, and opens what it has chosen */
  const touched = useRef<string | null>(null);
  const stop = visited ?? known[known.length - 1];
  const degree = ranks(days.values.values());

  const onOpen = (date: string) => {
    const target = narrowed(filters, periodQuery(date, serverNow()));
    void navigate(href(target.to, new URLSearchParams(target.query)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = target(event.key, stop ?? "", known);
    if (event.key === "Enter" && read !== null) {
      event.preventDefault();
      onOpen(read);
      return;
    }
    if (next === undefined) {
      return;
    }
    event.preventDefault();
    if (days.values.has(next)) {
      setVisited(next);
      table.current?.querySelector<HTMLElement>(`[data-date="${next}"]`)?.focus();
    }
  };
  const dateOf = (event: Event) =>
    (event.target as HTMLElement).closest<HTMLElement>("[data-date]")?.dataset["date"] ?? null;

  return (
    <>
      <table
        ref={table}
        class={`calendar longest-${lengthOf(days, lang, currency)}`}
        role="grid"
        aria-readonly="true"
        data-testid="calendar-grid"
        onKeyDown={onKeyDown}
        onFocusCapture={(event) => setRead(dateOf(event) ?? read)}
        onPointerDown={(event) => {
          const date = dateOf(event);
          touched.current =
            event.pointerType === "mouse" ? null : date === touched.current ? date : "";
        }}
        onPointerMove={(event) => {
          if (event.pointerType === "mouse") {
            setRead(dateOf(event) ?? read);
          }
        }}
        onClick={(event) => {
          const date = dateOf(event);
          if (date === null) {
            return;
          }
          if (touched.current === null || touched.current === date) {
            onOpen(date);
            return;
          }
          touched.current = date;
          setVisited(date);
          setRead(date);
        }}
      >
        <caption class="sr">
          {`${t("calendar.title")}, ${longPeriod(month, lang)}, ${currency}. ${t("calendar.keys")}`}
        </caption>
        <Head />
        <tbody>
          {weeksOf(month, firstWeekday(lang)).map((week, at) => (
            <tr key={at}>
              {week.map((date, index) =>
                date === null ? (
                  <td key={index} class="day none" />
                ) : (
                  <Day
                    key={date}
                    date={date}
                    days={days}
                    currency={currency}
                    stop={date === stop}
                    degree={degree}
                  />
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {/* the cells say the same; here it is in sight, and leads on */}
      <p class="calendar-read num" data-testid="calendar-read">
        {read !== null && days.values.has(read) ? (
          <Read read={read} days={days} currency={currency} filters={filters} />
        ) : (
          <span class="quiet-text" aria-hidden="true">
            {t("calendar.hint")}
          </span>
        )}
      </p>
    </>
  );
}
