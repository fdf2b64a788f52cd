/*
 * The cost table with its window, its arrows and its way out as CSV.
 */

import { csvUrl } from "../api/client";
import { api } from "../api/endpoints";
import type { ComponentChildren } from "preact";
import { Arrows } from "../components/Arrows";
import { Card } from "../components/Card";
import { Icon } from "../components/Icon";
import { Lookups } from "../components/Lookups";
import { ProblemView } from "../components/ProblemView";
import { t, useLang } from "../i18n";
import type { Dimension, Filters } from "../lib/links";
import { mediumPeriod } from "../lib/period";
import type { Granularity } from "../lib/period";
import { useFigures } from "../lib/useFigures";
import { setQuery, useLocation } from "../router";
import { useDirectory } from "../store/directory";
import { CostTable } from "./CostTable";
import { windowOf } from "./window";

interface Props {
  title: string;
  dimension: Dimension;
  granularity: Granularity;
  newest: string;
  currency: string | null;
  filters: Filters;
  actions?: ComponentChildren;
  /* in its place, but not in sight: then how far it is tells something else */
  unseen?: boolean;
}

export function CostCard(props: Props) {
  const { title, dimension, granularity, newest, currency, filters } = props;
  const lang = useLang();
  const directory = useDirectory();
  const window = windowOf(useLocation().query.get("end"), newest, granularity);
  const { dates, start, end } = window;
  const query = { ...filters, granularity, end, group_by: dimension };
  const costs = useFigures(
    (signal) => api.costs({ ...query, start, limit: 1000 }, signal),
    [dimension, granularity, end, JSON.stringify(filters)],
    (answer) => [answer],
  );
  const { data } = costs;
  const fits =
    data !== null &&
    data.end === end &&
    data.granularity === granularity &&
    data.dates.length === dates.length + 1;
  const found = fits
    ? (data.currencies.find((one) => one.currency === currency) ??
      (currency === null ? data.currencies[0] : undefined))
    : undefined;
  const span = `${mediumPeriod(dates[0]!, lang)} – ${mediumPeriod(end, lang)}`;

  return (
    <Card
      title={title}
      note={span}
      busy={costs.loading}
      testid="costs"
      actions={props.actions}
      tools={
        <>
          <a
            class="button csv"
            href={csvUrl({ ...query, currency, start: dates[0] })}
            download={`costs-${dates[0]}-${end}.csv`}
          >
            <Icon name="download" />
            <span>CSV</span>
          </a>
          <Arrows
            older={t("table.older")}
            newer={t("table.newer")}
            onOlder={() => setQuery({ end: window.older })}
            onNewer={
              window.newer === null ? null : () => setQuery({ end: window.newer === newest ? null : window.newer })
            }
          />
        </>
      }
    >
      {costs.problem !== null && (
        <ProblemView problem={costs.problem} retry={costs.reload} />
      )}
      {costs.problem === null && !fits && <Lookups kind="table" queries={props.unseen === true ? [] : [{ ...query, start }]} />}
      {costs.problem === null && fits && (found === undefined || found.groups.length === 0) && (
        <p class="quiet-text">{t("state.no_data")}</p>
      )}
      {costs.problem === null && found !== undefined && found.groups.length > 0 && (
        <CostTable
          key={`${dimension} ${end} ${granularity}`}
          currency={found}
          dimension={dimension}
          dates={dates}
          inProgress={data!.in_progress}
          filters={filters}
          directory={directory}
          caption={`${title}, ${span}, ${found.currency}`}
        />
      )}
    </Card>
  );
}
