/*
 * What one account costs: the trend, and its services.
 */

import { useEffect } from "preact/hooks";
import { Card } from "../components/Card";
import { Lookups } from "../components/Lookups";
import { ProblemView } from "../components/ProblemView";
import { CostCard } from "../costs/CostCard";
import { AsOf, oldest } from "../dashboard/AsOf";
import { Coverage } from "../dashboard/Coverage";
import { CurrencySwitch, useCurrencies } from "../dashboard/CurrencySwitch";
import { Nothing, reasonOf } from "../dashboard/Nothing";
import { Trend, sourceOf, splitOf, trendQuery } from "../dashboard/Trend";
import type { Split } from "../dashboard/Trend";
import { t } from "../i18n";
import { loadSpend, queriesOf } from "../lib/spend";
import { useFigures } from "../lib/useFigures";
import { useView } from "../lib/view";
import { useDirectory } from "../store/directory";

interface Props {
  account: string;
  /* figures have come, or will not: what is kept may be newer */
  onRead: () => void;
}

const SPLITS: Split[] = ["none", "service"];

export function AccountCosts({ account, onRead }: Props) {
  const directory = useDirectory();
  const view = useView();
  const { span, granularity } = view;
  const filters = { account };
  const split = splitOf(view, SPLITS);
  const asked = trendQuery(filters, split);
  const { data, problem, loading, round, reload, updating } = useFigures(
    (signal) => loadSpend(asked, span.dates, granularity, signal),
    [JSON.stringify(asked), span.start, span.end, granularity],
    (answer) => [answer],
  );
  const currencies = useCurrencies(data?.currencies ?? [], view);
  const { all, shown, absent } = currencies;
  const codes = shown.map(({ currency }) => currency);

  useEffect(() => {
    if (data !== null || problem !== null) {
      onRead();
    }
  }, [data, problem]);

  if (problem !== null) {
    return <ProblemView problem={problem} retry={reload} />;
  }
  if (data === null) {
    return (
      <Card title={t("trend.title")} busy>
        <Lookups
          kind="chart"
          queries={queriesOf(trendQuery(filters, "none"), span.dates, granularity)}
        />
      </Card>
    );
  }

  const reason =
    reasonOf(data, filters, view, directory) ?? (absent === null ? null : "no_currency");
  return (
    <>
      <CurrencySwitch {...currencies} />
      <Coverage
        accounts={data.accounts}
        asOf={null}
        degraded={data.degraded}
        updating={updating}
        directory={directory}
        open
      />
      <p class="as-of">
        <AsOf asOf={oldest(data.accounts)} otherwise="" updating={updating} />
      </p>
      {reason !== null ? (
        <div class="card" data-testid="no-data">
          <Nothing
            reason={reason}
            currency={absent}
            others={all.map(({ currency }) => currency)}
          />
        </div>
      ) : (
        <>
          <Trend
            view={view}
            currencies={codes}
            filters={filters}
            splits={SPLITS}
            source={sourceOf(data, split)}
            loading={loading}
            problem={null}
            reload={reload}
          />
          <CostCard
            title={t("project.table")}
            dimension="service"
            view={view}
            currencies={codes}
            filters={filters}
            accounts={data.accounts}
            months={[...new Set(span.dates.map((date) => date.slice(0, 7)))]}
            epoch={round}
            onOld={reload}
          />
        </>
      )}
    </>
  );
}
