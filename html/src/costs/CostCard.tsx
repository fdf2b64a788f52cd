/*
 * The cost table with its window, its arrows and its way out as CSV; for each
 * currency one table.
 */

import { csvUrl } from "../api/client";
import { api } from "../api/endpoints";
import type { ComponentChildren } from "preact";
import type { AccountData, Costs } from "../api/types";
import { Arrows } from "../components/Arrows";
import { Card } from "../components/Card";
import { Icon } from "../components/Icon";
import { Lookups } from "../components/Lookups";
import { PartialNote } from "../components/Partial";
import { ProblemView } from "../components/ProblemView";
import { Nothing } from "../dashboard/Nothing";
import { t, useLang } from "../i18n";
import { coverageOf } from "../lib/complete";
import type { Dimension, Filters } from "../lib/links";
import { mediumPeriod } from "../lib/period";
import { useAgreement } from "../lib/useAgreement";
import { useFigures } from "../lib/useFigures";
import type { View } from "../lib/view";
import { setQuery } from "../router";
import { useDirectory } from "../store/directory";
import { CostTable } from "./CostTable";
import { TableCsv } from "./TableCsv";
import { windowOf } from "./window";
import type { Window } from "./window";

interface Props {
  title: string;
  dimension: Dimension;
  view: View;
  currencies: string[];
  filters: Filters;
  /* those of the page's answer and its months, which the table goes along with */
  accounts: AccountData[];
  months: string[];
  epoch: number;
  onOld: () => void;
  actions?: ComponentChildren;
  /* in its place, but not in sight: then how far it is tells something else */
  unseen?: boolean;
}

interface OneProps {
  props: Props;
  data: Costs;
  window: Window;
  range: string;
  currency: string;
}

function OfCurrency({ props, data, window, range, currency }: OneProps) {
  const { title, dimension, view, filters, currencies } = props;
  const directory = useDirectory();
  const found = data.currencies.find((one) => one.currency === currency);
  const spent = found?.groups.some(({ costs }) =>
    costs.slice(1).some((cost) => cost !== "0.00"),
  );

  return (
    <div class="of-currency" role="group" aria-label={currency} data-currency={currency}>
      {currencies.length > 1 && <h3>{currency}</h3>}
      {found === undefined || spent !== true ? (
        <Nothing reason="no_costs">
          <button
            type="button"
            class="button"
            onClick={() => setQuery({ start: null, end: window.older })}
          >
            {t("table.older")}
          </button>
        </Nothing>
      ) : (
        <CostTable
          key={`${dimension} ${window.end} ${view.granularity}`}
          currency={found}
          dimension={dimension}
          dates={window.dates}
          inProgress={data.in_progress}
          filters={filters}
          directory={directory}
          caption={`${title}, ${range}, ${currency}`}
          range={range}
          accounts={data.accounts}
          granularity={view.granularity}
        />
      )}
    </div>
  );
}

export function CostCard(props: Props) {
  const { title, dimension, view, filters, currencies } = props;
  const { granularity } = view;
  const lang = useLang();
  const window = windowOf(view);
  const { dates, start, end } = window;
  const query = { ...filters, granularity, end, group_by: dimension };
  const costs = useFigures(
    (signal) => api.costsSoon({ ...query, start, limit: 1000 }, signal),
    [dimension, granularity, start, end, JSON.stringify(filters), props.epoch],
    (answer) => [answer],
  );
  const { data } = costs;
  const fits =
    data !== null &&
    data.end === end &&
    data.granularity === granularity &&
    data.dates.length === dates.length + 1;
  const range =
    dates.length === 1
      ? mediumPeriod(end, lang)
      : `${mediumPeriod(dates[0]!, lang)} – ${mediumPeriod(end, lang)}`;

  useAgreement(props.accounts, props.months, fits ? data : null, props.onOld);
  return (
    <Card
      title={title}
      note={range}
      busy={costs.loading}
      testid="costs"
      actions={props.actions}
      tools={
        <>
          <a
            class="button csv"
            href={csvUrl({ ...query, currency: view.currency, start: dates[0] })}
            download={`costs-${dates[0]}-${end}.csv`}
          >
            <Icon name="download" />
            <span>CSV</span>
            <span class="sr">{`: ${title}`}</span>
          </a>
          <TableCsv name={`table-${dates[0]}-${end}`} />
          <Arrows
            older={t("table.older")}
            newer={t("table.newer")}
            onOlder={() => setQuery({ start: null, end: window.older })}
            onNewer={
              window.newer === null
                ? null
                : () =>
                    setQuery({
                      start: null,
                      end: window.newer === view.span.newest ? null : window.newer,
                    })
            }
          />
        </>
      }
    >
      {costs.problem !== null && (
        <ProblemView problem={costs.problem} retry={costs.reload} />
      )}
      {costs.problem === null && !fits && (
        <Lookups kind="table" queries={props.unseen === true ? [] : [{ ...query, start }]} />
      )}
      {costs.problem === null && fits && (
        <>
          <PartialNote of={coverageOf(data.accounts, dates, granularity)} />
          {currencies.map((currency) => (
            <OfCurrency
              key={currency}
              props={props}
              data={data}
              window={window}
              range={range}
              currency={currency}
            />
          ))}
        </>
      )}
    </Card>
  );
}
