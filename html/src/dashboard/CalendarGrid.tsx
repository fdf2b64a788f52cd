/*
 * A month of days, shaded by cost: weekdays stand below each other, so that a
 * quiet weekend or a bad Tuesday is seen at once.  It is a table, which is
 * also what a screen reader hears; the arrow keys go from day to day.
 */

import { useRef, useState } from "preact/hooks";
import { t, useLang } from "../i18n";
import { firstWeekday, weeksOf } from "../lib/calendar";
import { ZERO, toNumber } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { compactNumber, heat, heatClass, money } from "../lib/money";
import { addDays, longPeriod, weekday } from "../lib/period";

export interface Days {
  values: Map<string, Decimal>;
  open: string[];
  largest: Decimal;
}

interface DayProps {
  date: string;
  days: Days;
  currency: string;
  /* the one that Tab leads to */
  stop: boolean;
}

function Day({ date, days, currency, stop }: DayProps) {
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
  const { text, exact } = money(value, lang, currency);
  return (
    <td
      class={`day ${heatClass(value, heat(value, days.largest))}${open ? " open" : ""}`}
      title={`${longPeriod(date, lang)}: ${exact}`}
      tabIndex={stop ? 0 : -1}
      data-date={date}
    >
      <span class="day-number" aria-hidden="true">
        {number}
      </span>
      <span class="day-cost" aria-hidden="true">
        {value === ZERO ? "–" : compactNumber(toNumber(value), lang, currency)}
      </span>
      <span class="sr">
        {`${longPeriod(date, lang)}: ${text}${open ? `, ${t("state.in_progress")}` : ""}`}
      </span>
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
}

export function CalendarGrid({ month, days, currency }: Props) {
  const lang = useLang();
  const table = useRef<HTMLTableElement>(null);
  const known = [...days.values.keys()].sort();
  const [visited, setVisited] = useState<string | null>(null);
  const [read, setRead] = useState<string | null>(null);
  const stop = visited ?? known[known.length - 1];
  const value = read === null ? undefined : days.values.get(read);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = target(event.key, stop ?? "", known);
    if (next === undefined) {
      return;
    }
    event.preventDefault();
    if (days.values.has(next)) {
      setVisited(next);
      table.current?.querySelector<HTMLElement>(`[data-date="${next}"]`)?.focus();
    }
  };

  return (
    <>
      <table
        ref={table}
        class="calendar"
        role="grid"
        aria-readonly="true"
        data-testid="calendar-grid"
        onKeyDown={onKeyDown}
        onFocusCapture={(event) =>
          setRead((event.target as HTMLElement).dataset["date"] ?? null)
        }
        onBlurCapture={() => setRead(null)}
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
                  />
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {/* for eyes: the cell itself says the same */}
      <p class="calendar-read num" aria-hidden="true" data-testid="calendar-read">
        {read === null || value === undefined
          ? "\u00a0"
          : `${longPeriod(read, lang)}: ${money(value, lang, currency).exact}`}
      </p>
    </>
  );
}
