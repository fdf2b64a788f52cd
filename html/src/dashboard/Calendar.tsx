/*
 * Costs day by day, a month at a time; for each currency one.
 */

import { csvUrl, serverNow } from "../api/client";
import { api } from "../api/endpoints";
import type { AccountData, Costs } from "../api/types";
import { Arrows } from "../components/Arrows";
import { Card } from "../components/Card";
import { Icon } from "../components/Icon";
import { Lookups } from "../components/Lookups";
import { Money } from "../components/Money";
import { PartialMark, PartialNote } from "../components/Partial";
import { ProblemView } from "../components/ProblemView";
import { t, useLang } from "../i18n";
import { coverageOf, lacks } from "../lib/complete";
import { parseDecimal, sumOf } from "../lib/decimal";
import type { Filters } from "../lib/links";
import { addMonths, currentPeriod, earlier, lastDay, longPeriod } from "../lib/period";
import { costsOf } from "../lib/spend";
import { boardMonths, useAgreement } from "../lib/useAgreement";
import { useFigures } from "../lib/useFigures";
import type { View } from "../lib/view";
import { setQuery } from "../router";
import { CalendarGrid } from "./CalendarGrid";
import type { Days } from "./CalendarGrid";

interface Props {
  view: View;
  currencies: string[];
  filters: Filters;
  /* those of the page's answer, which is what the calendar goes along with */
  accounts: AccountData[];
  epoch: number;
  onOld: () => void;
}

function daysOf(data: Costs, currency: string): Days {
  const costs = costsOf(data, currency);

  return {
    values: new Map(data.dates.map((date, at) => [date, parseDecimal(costs[at]!)])),
    open: data.in_progress,
    partial: data.dates.filter((date) =>
      data.accounts.some((account) => lacks(account, date, "DAILY")),
    ),
  };
}

interface MonthProps {
  data: Costs;
  currency: string;
  many: boolean;
  month: string;
  filters: Filters;
}

function Month({ data, currency, many, month, filters }: MonthProps) {
  const lang = useLang();
  const days = daysOf(data, currency);
  const cover = coverageOf(data.accounts, data.dates, "DAILY");

  return (
    <div class="of-currency" role="group" aria-label={currency} data-currency={currency}>
      {many && <h3>{currency}</h3>}
      <p class="calendar-total num" data-testid="calendar-total">
        {longPeriod(month, lang)}:{" "}
        <Money value={sumOf(days.values.values())} currency={currency} />
        <PartialMark of={cover} />
      </p>
      <PartialNote of={cover} />
      <CalendarGrid
        key={month}
        month={month}
        days={days}
        currency={currency}
        filters={filters}
      />
    </div>
  );
}

export function Calendar(props: Props) {
  const { view, currencies, filters, accounts, epoch, onOld } = props;
  const { month, newestMonth } = view;
  const lang = useLang();
  const show = (step: number) => {
    const next = addMonths(month, step);
    setQuery({ month: next === newestMonth && view.span.usual ? null : next });
  };
  const query = {
    ...filters,
    granularity: "DAILY" as const,
    start: `${month}-01`,
    end: earlier(lastDay(month), currentPeriod(serverNow(), "DAILY")),
  };
  const { data, problem, loading, reload } = useFigures(
    (signal) => api.costsSoon(query, signal),
    [month, JSON.stringify(filters), epoch],
    (answer) => [answer],
  );
  const fits = data !== null && data.start === query.start;

  useAgreement(accounts, boardMonths(newestMonth, "DAILY"), fits ? data : null, onOld);
  return (
    <Card
      title={t("calendar.title")}
      note={longPeriod(month, lang)}
      busy={loading}
      testid="calendar"
      tools={
        <>
          <a
            class="button csv"
            href={csvUrl({ ...query, currency: view.currency })}
            download={`days-${month}.csv`}
          >
            <Icon name="download" />
            <span>CSV</span>
            <span class="sr">{`: ${t("calendar.title")}`}</span>
          </a>
          <Arrows
            older={t("calendar.older")}
            newer={t("calendar.newer")}
            onOlder={() => show(-1)}
            onNewer={month === newestMonth ? null : () => show(1)}
          />
        </>
      }
    >
      {problem !== null && <ProblemView problem={problem} retry={reload} />}
      {problem === null && !fits && <Lookups kind="chart" queries={[query]} />}
      {problem === null &&
        fits &&
        currencies.map((currency) => (
          <Month
            key={currency}
            data={data}
            currency={currency}
            many={currencies.length > 1}
            month={month}
            filters={filters}
          />
        ))}
    </Card>
  );
}
