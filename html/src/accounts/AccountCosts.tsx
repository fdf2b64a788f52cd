/*
 * What one account costs: the trend, and its services.
 */

import { useEffect } from "preact/hooks";
import { api } from "../api/endpoints";
import { serverNow } from "../api/client";
import { Card } from "../components/Card";
import { Lookups } from "../components/Lookups";
import { ProblemView } from "../components/ProblemView";
import { CostCard } from "../costs/CostCard";
import { AsOf, oldest } from "../dashboard/AsOf";
import { Coverage } from "../dashboard/Coverage";
import { useCurrency } from "../dashboard/CurrencySwitch";
import { Trend, useGranularity } from "../dashboard/Trend";
import { t } from "../i18n";
import { currentPeriod } from "../lib/period";
import { useFigures } from "../lib/useFigures";
import { useDirectory } from "../store/directory";

interface Props {
  account: string;
  /* figures have come, or will not: what is kept may be newer */
  onRead: () => void;
}

export function AccountCosts({ account, onRead }: Props) {
  const directory = useDirectory();
  const granularity = useGranularity();
  const filters = { account };
  const { data, problem, reload, updating } = useFigures(
    async (signal) => {
      const [months, days] = await Promise.all([
        api.costs({ account, granularity: "MONTHLY" }, signal),
        api.costs({ account, granularity: "DAILY" }, signal),
      ]);
      return { months, days };
    },
    [account],
    ({ months, days }) => [months, days],
  );
  const currency = useCurrency(data?.months.currencies ?? []);
  const days = data?.days.currencies.find((one) => one.currency === currency?.currency);

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
          queries={[
            { account, granularity: "MONTHLY" },
            { account, granularity: "DAILY" },
          ]}
        />
      </Card>
    );
  }
  return (
    <>
      <Coverage
        accounts={data.months.accounts}
        asOf={null}
        degraded={data.months.degraded}
        directory={directory}
        open
      />
      <p class="as-of">
        <AsOf asOf={oldest(data.months.accounts)} otherwise="" updating={updating} />
      </p>
      {currency === null ? (
        <p class="card quiet-text">{t("state.no_figures")}</p>
      ) : (
        <>
          <Trend
            monthly={{ dates: data.months.dates, costs: currency.costs }}
            daily={{
              dates: data.days.dates,
              costs: days?.costs ?? data.days.dates.map(() => "0.00"),
            }}
            currency={currency.currency}
            inProgress={[...data.months.in_progress, ...data.days.in_progress]}
            filters={filters}
            splits={["none", "service"]}
          />
          <CostCard
            title={t("project.table")}
            dimension="service"
            granularity={granularity}
            newest={currentPeriod(serverNow(), granularity)}
            currency={currency.currency}
            filters={filters}
          />
        </>
      )}
    </>
  );
}
