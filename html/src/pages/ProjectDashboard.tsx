/*
 * Dashboard of one project.
 */

import { api } from "../api/endpoints";
import type { Dashboard, DashboardCurrency, Project } from "../api/types";
import { Link } from "../components/Link";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { CostCard } from "../costs/CostCard";
import { AsOf } from "../dashboard/AsOf";
import { Breakdowns } from "../dashboard/Breakdowns";
import { Calendar } from "../dashboard/Calendar";
import { Coverage } from "../dashboard/Coverage";
import { CurrencySwitch, useCurrencies } from "../dashboard/CurrencySwitch";
import type { Shown } from "../dashboard/CurrencySwitch";
import { DashboardSkeleton } from "../dashboard/DashboardSkeleton";
import { Figures, MoneyFigure } from "../dashboard/Figures";
import { Nothing } from "../dashboard/Nothing";
import { ProjectAccounts } from "../dashboard/ProjectAccounts";
import { RefreshButton } from "../dashboard/RefreshButton";
import { Restated } from "../dashboard/Restated";
import { BoardTrend } from "../dashboard/Trend";
import { t, useLang } from "../i18n";
import { coverageOf } from "../lib/complete";
import { parseDecimal } from "../lib/decimal";
import { longPeriod } from "../lib/period";
import type { Granularity } from "../lib/period";
import { groupPath } from "../lib/tree";
import { boardMonths } from "../lib/useAgreement";
import { useFigures } from "../lib/useFigures";
import { useLoad } from "../lib/useLoad";
import { useView } from "../lib/view";
import type { View } from "../lib/view";
import type { PageProps } from "../routes";
import { useDirectory } from "../store/directory";
import { ChangeFigure, boardSource, emptyOf } from "./Dashboard";

interface BoxesProps {
  data: Dashboard;
  currency: DashboardCurrency;
  granularity: Granularity;
  many: boolean;
}

/* Last month and this one, or the two last whole days. */
function Boxes({ data, currency, granularity, many }: BoxesProps) {
  const lang = useLang();
  const daily = granularity === "DAILY";
  const { dates, costs } = daily ? currency.daily : currency.monthly;
  const now = dates.length - (daily ? 2 : 1);
  const box = (at: number, label: string) => (
    <MoneyFigure
      main={at === now}
      open={data.in_progress.includes(dates[at]!)}
      label={label}
      note={longPeriod(dates[at]!, lang)}
      value={parseDecimal(costs[at]!)}
      currency={currency.currency}
      cover={coverageOf(data.accounts, [dates[at]!], granularity)}
      testid={at === now ? "figure-now" : "figure-before"}
    />
  );

  return (
    <Figures currency={many ? currency.currency : null}>
      {box(now, t(daily ? "figure.yesterday" : "figure.this_month"))}
      {box(now - 1, t(daily ? "figure.two_days_ago" : "figure.last_month"))}
      <ChangeFigure data={data} currency={currency} />
    </Figures>
  );
}

interface BodyProps {
  data: Dashboard;
  project: Project;
  view: View;
  currencies: Shown<DashboardCurrency>;
  round: number;
  updating: boolean;
  reload: () => void;
}

function Body(props: BodyProps) {
  const { data, project, view, currencies, round, updating, reload } = props;
  const { shown, all, absent } = currencies;
  const directory = useDirectory();
  const filters = { project: project.id };
  const codes = shown.map(({ currency }) => currency);
  const parts = {
    view,
    filters,
    currencies: codes,
    accounts: data.accounts,
    epoch: round,
    onOld: reload,
  };

  return (
    <>
      <CurrencySwitch {...currencies} />
      <Coverage
        accounts={data.accounts}
        asOf={data.as_of}
        degraded={data.degraded}
        updating={updating}
        directory={directory}
      />
      <Restated restated={data.restated} directory={directory} />
      {shown.length === 0 && data.accounts.length === 0 && (
        <p class="card quiet-text" data-testid="no-data">
          {t("project.no_accounts")}
        </p>
      )}
      {shown.length === 0 && data.accounts.length > 0 && (
        <div class="card" data-testid="no-data">
          <Nothing
            reason={absent === null ? emptyOf(data.accounts) : "no_currency"}
            currency={absent}
            others={all.map(({ currency }) => currency)}
          />
        </div>
      )}
      {shown.length > 0 && (
        <>
          {shown.map((currency) => (
            <Boxes
              key={currency.currency}
              data={data}
              currency={currency}
              granularity={view.granularity}
              many={all.length > 1}
            />
          ))}
          <BoardTrend
            {...parts}
            splits={["none", "service"]}
            known={boardSource(data, view.granularity)}
          />
          <CostCard
            {...parts}
            title={t("project.table")}
            dimension="service"
            months={boardMonths(view.newestMonth, view.granularity)}
          />
          <Calendar {...parts} />
          <Breakdowns
            currencies={shown}
            filters={filters}
            dimensions={["region", "account"]}
            accounts={data.accounts}
          />
        </>
      )}
      <ProjectAccounts project={project.id} data={data.accounts} />
    </>
  );
}

export function ProjectDashboard({ id }: PageProps) {
  const directory = useDirectory();
  const view = useView();
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
  const currencies = useCurrencies(board.data?.currencies ?? [], view);
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
              late={board.late}
              total={board.data?.accounts.length ?? 0}
            />
          </>
        }
      >
        <RefreshButton
          accounts={project.data === null ? 0 : (board.data?.accounts.length ?? 0)}
          filters={{ project: id }}
          onDone={board.reload}
        />
      </PageHead>
      {problem !== null && <ProblemView problem={problem} retry={retry} />}
      {problem?.status === 404 && (
        <Link to="projects" class="button">
          {t("nothing.to_projects")}
        </Link>
      )}
      {problem === null && (board.data === null || project.data === null) && (
        <DashboardSkeleton figures={3} project={id} />
      )}
      {problem === null && board.data !== null && project.data !== null && (
        <Body
          data={board.data}
          project={project.data}
          view={view}
          currencies={currencies}
          round={board.round}
          updating={board.updating}
          reload={board.reload}
        />
      )}
    </>
  );
}
