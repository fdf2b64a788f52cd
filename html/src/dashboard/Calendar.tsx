/*
 * Costs day by day, a month at a time.
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
import { lastDay } from "../lib/calendar";
import { ZERO, parseDecimal, sumOf } from "../lib/decimal";
import { largestOf } from "../lib/figures";
import type { Filters } from "../lib/links";
import { money } from "../lib/money";
import { addMonths, currentPeriod, earlier, isMonth, longPeriod } from "../lib/period";
import { useLoad } from "../lib/useLoad";
import { setQuery, useLocation } from "../router";
import { CalendarGrid } from "./CalendarGrid";
import type { Days } from "./CalendarGrid";

interface Props {
  currency: string;
  filters: Filters;
}

function daysOf(data: Costs, currency: string): Days {
  const costs = data.currencies.find((one) => one.currency === currency)?.costs;
  const values = new Map(
    data.dates.map((date, at) => [date, parseDecimal(costs?.[at] ?? "0.00")]),
  );

  return { values, open: data.in_progress, largest: largestOf(values.values()) };
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
        <CalendarGrid key={month} month={month} days={days} currency={currency} />
      )}
    </Card>
  );
}
