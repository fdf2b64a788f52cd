/*
 * A month of days, shaded by cost: weekdays stand below each other, so that a
 * quiet weekend or a bad Tuesday is seen at once.  It is a plain table, which
 * is also what a screen reader hears.
 */

import { csvUrl, serverNow } from "../api/client";
import { api } from "../api/endpoints";
import type { Costs } from "../api/types";
import { Arrows } from "../components/Arrows";
import { Card } from "../components/Card";
import { Icon } from "../components/Icon";
import { Lookups } from "../components/Lookups";
import { ProblemView } from "../components/ProblemView";
import { t, useLang } from "../i18n";
import { firstWeekday, lastDay, weeksOf } from "../lib/calendar";
import { ZERO, parseDecimal, sumOf, toNumber } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import type { Filters } from "../lib/links";
import { compactNumber, heat, money } from "../lib/money";
import { addMonths, currentPeriod, earlier, isMonth, longPeriod, weekday } from "../lib/period";
import { useLoad } from "../lib/useLoad";
import { setQuery, useLocation } from "../router";

interface Props {
  currency: string;
  filters: Filters;
}

interface Days {
  values: Map<string, Decimal>;
  open: string[];
  largest: Decimal;
}

function daysOf(data: Costs, currency: string): Days {
  const costs = data.currencies.find((one) => one.currency === currency)?.costs;
  const values = new Map(
    data.dates.map((date, at) => [date, parseDecimal(costs?.[at] ?? "0.00")]),
  );
  const largest = [...values.values()].reduce(
    (most, value) => (value > most ? value : most),
    ZERO,
  );

  return { values, open: data.in_progress, largest };
}

function Day({ date, days, currency }: { date: string; days: Days; currency: string }) {
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
      class={`day heat-${heat(value, days.largest)}${open ? " open" : ""}`}
      title={`${longPeriod(date, lang)}: ${exact}`}
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

function Grid({ month, days, currency }: { month: string; days: Days; currency: string }) {
  const lang = useLang();
  const first = firstWeekday(lang);
  const weeks = weeksOf(month, first);

  return (
    <table class="calendar" data-testid="calendar-grid">
      <caption class="sr">{`${t("calendar.title")}, ${longPeriod(month, lang)}, ${currency}`}</caption>
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
      <tbody>
        {weeks.map((week, at) => (
          <tr key={at}>
            {week.map((date, index) =>
              date === null ? (
                <td key={index} class="day none" />
              ) : (
                <Day key={date} date={date} days={days} currency={currency} />
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Calendar({ currency, filters }: Props) {
  const lang = useLang();
  const newest = currentPeriod(serverNow(), "MONTHLY");
  const wanted = useLocation().query.get("month");
  const month = wanted !== null && isMonth(wanted) ? earlier(wanted, newest) : newest;
  const show = (step: number) => {
    const next = addMonths(month, step);
    setQuery({ month: next === newest ? null : next });
  };
  const query = {
    ...filters,
    granularity: "DAILY" as const,
    currency,
    start: `${month}-01`,
    end: earlier(lastDay(month), currentPeriod(serverNow(), "DAILY")),
  };
  const { data, problem, loading, reload } = useLoad(
    (signal) => api.costs(query, signal),
    [month, currency, JSON.stringify(filters)],
  );
  const days = data === null ? null : daysOf(data, currency);
  const fits = data !== null && data.start === query.start;
  const total = days === null ? ZERO : sumOf([...days.values.values()]);

  return (
    <Card
      title={t("calendar.title")}
      note={
        fits
          ? `${longPeriod(month, lang)}: ${money(total, lang, currency).text}`
          : longPeriod(month, lang)
      }
      busy={loading}
      testid="calendar"
      tools={
        <>
          <a
            class="button csv"
            href={csvUrl(query)}
            download={`days-${month}.csv`}
          >
            <Icon name="download" />
            <span>CSV</span>
          </a>
          <Arrows
            older={t("calendar.older")}
            newer={t("calendar.newer")}
            onOlder={() => show(-1)}
            onNewer={month === newest ? null : () => show(1)}
          />
        </>
      }
    >
      {problem !== null && <ProblemView problem={problem} retry={reload} />}
      {problem === null && !fits && <Lookups kind="chart" queries={[query]} />}
      {problem === null && fits && days !== null && (
        <Grid month={month} days={days} currency={currency} />
      )}
    </Card>
  );
}
