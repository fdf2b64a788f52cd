/*
 * Main dashboard: one number first, then why it moved.
 */

import type { ComponentChildren } from "preact";
import { serverNow } from "../api/client";
import { api } from "../api/endpoints";
import type { AccountData, Dashboard as Data, DashboardCurrency } from "../api/types";
import { Link } from "../components/Link";
import { PageHead } from "../components/PageHead";
import { PartialMark, partialText } from "../components/Partial";
import { ProblemView } from "../components/ProblemView";
import { AsOf } from "../dashboard/AsOf";
import { Breakdowns } from "../dashboard/Breakdowns";
import { Calendar } from "../dashboard/Calendar";
import { Coverage, isMissing } from "../dashboard/Coverage";
import { CurrencySwitch, useCurrencies } from "../dashboard/CurrencySwitch";
import type { Shown } from "../dashboard/CurrencySwitch";
import { DashboardSkeleton } from "../dashboard/DashboardSkeleton";
import { Change, Figure, Figures, MoneyFigure } from "../dashboard/Figures";
import { FirstSteps } from "../dashboard/FirstSteps";
import { Nothing } from "../dashboard/Nothing";
import type { Reason } from "../dashboard/Nothing";
import { RefreshButton } from "../dashboard/RefreshButton";
import { Restated } from "../dashboard/Restated";
import { BoardTrend } from "../dashboard/Trend";
import type { Source } from "../dashboard/Trend";
import { number, plural, t, useLang } from "../i18n";
import { coverageOf, lacks } from "../lib/complete";
import type { Coverage as Cover } from "../lib/complete";
import { parseDecimal } from "../lib/decimal";
import { money } from "../lib/money";
import {
  addDays,
  addMonths,
  currentPeriod,
  earlier,
  lastDay,
  longPeriod,
  shortRange,
} from "../lib/period";
import type { Granularity } from "../lib/period";
import { isLate, useFigures } from "../lib/useFigures";
import { useView } from "../lib/view";
import type { View } from "../lib/view";
import { useDirectory } from "../store/directory";

/* Whole days up to the day before yesterday, of this month and of the last. */
function comparedDays(now: Date) {
  const today = currentPeriod(now, "DAILY");
  const month = today.slice(0, 7);
  const count = Number(today.slice(8)) - 2;
  const last = lastDay(addMonths(month, -1));
  const until = addDays(`${addMonths(month, -1)}-01`, count - 1);

  return {
    now: { start: `${month}-01`, end: addDays(`${month}-01`, count - 1) },
    before: { start: `${last.slice(0, 7)}-01`, end: earlier(until, last) },
  };
}

/*
 * Of an account that is read only in part, one of the two months may be there
 * without the other: what that comes to is no change.
 */
function isComparable({ accounts }: Data, now: Date): boolean {
  const { now: these, before: those } = comparedDays(now);

  return accounts.every(
    (account) =>
      !isLate(account) &&
      lacks(account, these.end, "DAILY") === lacks(account, those.end, "DAILY"),
  );
}

export function changeOf(data: Data, currency: DashboardCurrency): number | null {
  return isComparable(data, serverNow()) ? currency.change_percent : null;
}

export function changeNote(
  data: Data,
  currency: DashboardCurrency,
  lang: string,
): ComponentChildren {
  const { this_month_to_date: now, last_month_to_date: before } = currency;
  const days = comparedDays(serverNow());
  const line = (amount: string, { start, end }: { start: string; end: string }) => (
    <>
      <span class="whole">{shortRange(start, end, lang)}:</span>{" "}
      {money(parseDecimal(amount), lang, currency.currency).text}
    </>
  );

  if (!isComparable(data, serverNow())) {
    const missing = data.accounts.filter(isMissing).length;
    return t("figure.partial", {
      read: data.accounts.length - missing,
      total: data.accounts.length,
    });
  }
  if (now === null || before === null) {
    return t("figure.change_later");
  }
  return (
    <>
      {line(now, days.now)} / {line(before, days.before)}
    </>
  );
}

/* Of two columns of days: what the change is without. */
export function changeCover(data: Data): Cover | null {
  const { now, before } = comparedDays(serverNow());

  return isComparable(data, serverNow())
    ? coverageOf(data.accounts, [now.end, before.end], "DAILY")
    : null;
}

interface TopProps {
  data: Data;
  currency: DashboardCurrency;
  many: boolean;
}

function Accounts({ data, currency, many }: TopProps) {
  const attention = data.accounts.filter(isMissing).length;
  const total = data.accounts.length;
  const count = many ? currency.accounts : total;
  const note =
    attention === 0 ? t("figure.all_read") : plural("figure.attention", attention);

  return (
    <Figure
      label={t("figure.accounts")}
      note={many ? `${t("figure.of_accounts", { total })} · ${note}` : note}
      testid="accounts"
    >
      <Link to="service-accounts">{number(count)}</Link>
    </Figure>
  );
}

function Top({ data, currency, many }: TopProps) {
  const lang = useLang();
  const { dates } = currency.monthly;
  const [before, now] = dates.slice(-2) as [string, string];

  return (
    <Figures currency={many ? currency.currency : null}>
      <MoneyFigure
        main
        open
        label={t("figure.this_month")}
        note={longPeriod(now, lang)}
        value={parseDecimal(currency.this_month)}
        currency={currency.currency}
        cover={coverageOf(data.accounts, [now], "MONTHLY")}
        testid="this-month"
      />
      <MoneyFigure
        label={t("figure.last_month")}
        note={longPeriod(before, lang)}
        value={parseDecimal(currency.last_month)}
        currency={currency.currency}
        cover={coverageOf(data.accounts, [before], "MONTHLY")}
        testid="last-month"
      />
      <ChangeFigure data={data} currency={currency} />
      <Accounts data={data} currency={currency} many={many} />
    </Figures>
  );
}

export function ChangeFigure({ data, currency }: Omit<TopProps, "many">) {
  const lang = useLang();
  const cover = changeCover(data);

  return (
    <Figure
      label={t("figure.change")}
      note={
        <>
          {changeNote(data, currency, lang)}
          {cover !== null && <span class="figure-partial">* {partialText(cover)}</span>}
        </>
      }
      testid="change"
    >
      <Change value={changeOf(data, currency)} />
      <PartialMark of={cover} />
    </Figure>
  );
}

/* What a dashboard's answer has for the trend. */
export function boardSource(data: Data, granularity: Granularity): Source {
  const of = (one: DashboardCurrency) =>
    granularity === "DAILY" ? one.daily : one.monthly;
  const first = data.currencies[0];

  return {
    dates: first === undefined ? [] : of(first).dates,
    costs: (currency) => of(data.currencies.find((one) => one.currency === currency)!).costs,
    groups: null,
    accounts: data.accounts,
    inProgress: data.in_progress,
  };
}

interface BodyProps {
  data: Data;
  view: View;
  currencies: Shown<DashboardCurrency>;
  round: number;
  updating: boolean;
  reload: () => void;
}

function Body({ data, view, currencies, round, updating, reload }: BodyProps) {
  const { shown, all, absent } = currencies;
  const directory = useDirectory();
  const codes = shown.map(({ currency }) => currency);

  if (data.accounts.length === 0) {
    return <FirstSteps />;
  }
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
      {shown.length === 0 && (
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
            <Top
              key={currency.currency}
              data={data}
              currency={currency}
              many={all.length > 1}
            />
          ))}
          <BoardTrend
            view={view}
            currencies={codes}
            filters={{}}
            splits={["none", "service", "project"]}
            known={boardSource(data, view.granularity)}
            epoch={round}
          />
          <Calendar
            view={view}
            currencies={codes}
            filters={{}}
            accounts={data.accounts}
            epoch={round}
            onOld={reload}
          />
          <Breakdowns
            currencies={shown}
            filters={{}}
            dimensions={["service", "region", "project", "account"]}
            accounts={data.accounts}
          />
        </>
      )}
    </>
  );
}

/* There are accounts, and no figures of any. */
export function emptyOf(accounts: AccountData[]): Reason {
  return accounts.length > 0 && accounts.every(isMissing) ? "unread" : "no_costs";
}

export function Dashboard() {
  const view = useView();
  const { data, problem, round, reload, updating, late } = useFigures(
    (signal) => api.dashboard(signal),
    [],
    (board) => [board],
  );
  const currencies = useCurrencies(data?.currencies ?? [], view);

  return (
    <>
      <PageHead
        title={t("dash.title")}
        lead={
          <AsOf
            asOf={data?.as_of ?? null}
            otherwise={t("dash.lead")}
            updating={updating}
            late={late}
            total={data?.accounts.length ?? 0}
          />
        }
      >
        <RefreshButton
          accounts={data?.accounts.length ?? 0}
          filters={{}}
          onDone={reload}
        />
      </PageHead>
      {problem !== null && <ProblemView problem={problem} retry={reload} />}
      {data !== null && (
        <Body
          data={data}
          view={view}
          currencies={currencies}
          round={round}
          updating={updating}
          reload={reload}
        />
      )}
      {data === null && problem === null && <DashboardSkeleton figures={4} />}
    </>
  );
}
