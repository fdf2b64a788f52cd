/*
 * Dashboard of one project.
 */

import { api } from "../api/endpoints";
import type { Dashboard, DashboardCurrency, Project } from "../api/types";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { CostCard } from "../costs/CostCard";
import { AsOf } from "../dashboard/AsOf";
import { Breakdowns } from "../dashboard/Breakdowns";
import { Calendar } from "../dashboard/Calendar";
import { Coverage } from "../dashboard/Coverage";
import { CurrencySwitch, useCurrency } from "../dashboard/CurrencySwitch";
import { DashboardSkeleton } from "../dashboard/DashboardSkeleton";
import { Change, Figure, Figures } from "../dashboard/Figures";
import { ProjectAccounts } from "../dashboard/ProjectAccounts";
import { RefreshButton } from "../dashboard/RefreshButton";
import { Restated } from "../dashboard/Restated";
import { Trend, useGranularity } from "../dashboard/Trend";
import { t, useLang } from "../i18n";
import { parseDecimal } from "../lib/decimal";
import { longPeriod } from "../lib/period";
import type { Granularity } from "../lib/period";
import { groupPath } from "../lib/tree";
import { useFigures } from "../lib/useFigures";
import { useLoad } from "../lib/useLoad";
import type { PageProps } from "../routes";
import { useDirectory } from "../store/directory";
import { changeNote, changeOf, partialNote } from "./Dashboard";

interface BoxesProps {
  data: Dashboard;
  currency: DashboardCurrency;
  granularity: Granularity;
}

/* Last month and this one, or the two last whole days. */
function Boxes({ data, currency, granularity }: BoxesProps) {
  const lang = useLang();
  const daily = granularity === "DAILY";
  const { dates, costs } = daily ? currency.daily : currency.monthly;
  const now = dates.length - (daily ? 2 : 1);
  const box = (at: number, label: string) => {
    const open = data.in_progress.includes(dates[at]!);
    const partial = open ? partialNote(data) : null;
    return (
      <Figure
        main={at === now}
        open={open}
        label={label}
        note={partial ?? longPeriod(dates[at]!, lang)}
        testid={at === now ? "figure-now" : "figure-before"}
      >
        <Money value={parseDecimal(costs[at]!)} currency={currency.currency} />
      </Figure>
    );
  };

  return (
    <Figures>
      {box(now, t(daily ? "figure.yesterday" : "figure.this_month"))}
      {box(now - 1, t(daily ? "figure.two_days_ago" : "figure.last_month"))}
      <Figure
        label={t("figure.change")}
        note={changeNote(data, currency, lang)}
        testid="change"
      >
        <Change value={changeOf(data, currency)} />
      </Figure>
    </Figures>
  );
}

interface BodyProps {
  data: Dashboard;
  project: Project;
}

function Body({ data, project }: BodyProps) {
  const currency = useCurrency(data.currencies);
  const directory = useDirectory();
  const granularity = useGranularity();
  const filters = { project: project.id };

  return (
    <>
      <Coverage
        accounts={data.accounts}
        asOf={data.as_of}
        degraded={data.degraded}
        directory={directory}
      />
      <Restated restated={data.restated} directory={directory} />
      {currency === null && (
        <p class="card quiet-text" data-testid="no-data">
          {t(data.accounts.length === 0 ? "project.no_accounts" : "state.no_figures")}
        </p>
      )}
      {currency !== null && (
        <>
          <Boxes data={data} currency={currency} granularity={granularity} />
          <Trend
            monthly={currency.monthly}
            daily={currency.daily}
            currency={currency.currency}
            inProgress={data.in_progress}
            filters={filters}
            splits={["none", "service"]}
          />
          <CostCard
            title={t("project.table")}
            dimension="service"
            granularity={granularity}
            newest={
              granularity === "DAILY"
                ? currency.daily.dates[currency.daily.dates.length - 1]!
                : currency.monthly.dates[currency.monthly.dates.length - 1]!
            }
            currency={currency.currency}
            filters={filters}
          />
          <Calendar currency={currency.currency} filters={filters} />
          <Breakdowns
            currency={currency}
            filters={filters}
            dimensions={["region", "account"]}
          />
        </>
      )}
      <ProjectAccounts project={project.id} data={data.accounts} />
    </>
  );
}

export function ProjectDashboard({ id }: PageProps) {
  const directory = useDirectory();
  const project = useLoad((signal) => api.project(id, signal), [id]);
  const board = useFigures(
    (signal) => api.projectDashboard(id, signal),
    [id],
    (data) => [data],
  );
  const problem = project.problem ?? board.problem;
  const retry = () => {
    project.reload();
    board.reload();
  };
  const path = groupPath(project.data?.group_id ?? null, directory);

  return (
    <>
      <PageHead
        title={project.data?.name ?? t("project.title")}
        lead={
          <>
            <Link to="projects">{t("projects.title")}</Link>
            {path.map((name) => ` / ${name}`)}
            {" · "}
            <AsOf
              asOf={board.data?.as_of ?? null}
              otherwise={t("project.lead")}
              updating={board.updating}
            />
          </>
        }
      >
        <CurrencySwitch all={board.data?.currencies ?? []} />
        <RefreshButton
          accounts={project.data === null ? 0 : (board.data?.accounts.length ?? 0)}
          filters={{ project: id }}
          onDone={board.reload}
        />
      </PageHead>
      {problem !== null && <ProblemView problem={problem} retry={retry} />}
      {problem === null && (board.data === null || project.data === null) && (
        <DashboardSkeleton figures={3} project={id} />
      )}
      {problem === null && board.data !== null && project.data !== null && (
        <Body data={board.data} project={project.data} />
      )}
    </>
  );
}
