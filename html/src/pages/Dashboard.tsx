/*
 * Main dashboard: one number first, then why it moved.
 */

import { api } from "../api/endpoints";
import type { Dashboard as Data, DashboardCurrency } from "../api/types";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { AsOf } from "../dashboard/AsOf";
import { Breakdowns } from "../dashboard/Breakdowns";
import { Calendar } from "../dashboard/Calendar";
import { Coverage, isMissing } from "../dashboard/Coverage";
import { CurrencySwitch, useCurrency } from "../dashboard/CurrencySwitch";
import { DashboardSkeleton } from "../dashboard/DashboardSkeleton";
import { Change, Figure, Figures } from "../dashboard/Figures";
import { FirstSteps } from "../dashboard/FirstSteps";
import { RefreshButton } from "../dashboard/RefreshButton";
import { Restated } from "../dashboard/Restated";
import { Trend } from "../dashboard/Trend";
import { number, plural, t, useLang } from "../i18n";
import { parseDecimal } from "../lib/decimal";
import { money } from "../lib/money";
import { longPeriod } from "../lib/period";
import { isLate, useFigures } from "../lib/useFigures";
import { useDirectory } from "../store/directory";

export function partialNote(data: Data): string | null {
  const missing = data.accounts.filter(isMissing).length;

  return missing === 0
    ? null
    : t("figure.partial", {
        read: data.accounts.length - missing,
        total: data.accounts.length,
      });
}

/*
 * Of an account that is read only in part, one of the two months may be there
 * without the other: what that comes to is no change.
 */
export function changeOf(data: Data, currency: DashboardCurrency): number | null {
  return data.accounts.some(isLate) ? null : currency.change_percent;
}

export function changeNote(
  data: Data,
  currency: DashboardCurrency,
  lang: string,
): string {
  const { this_month_to_date: now, last_month_to_date: before } = currency;

  if (data.accounts.some(isLate)) {
    return partialNote(data) ?? "";
  }
  if (now === null || before === null) {
    return t("figure.change_later");
  }
  return t("figure.change_note", {
    now: money(parseDecimal(now), lang, currency.currency).text,
    before: money(parseDecimal(before), lang, currency.currency).text,
  });
}

function Top({ data, currency }: { data: Data; currency: DashboardCurrency }) {
  const lang = useLang();
  const { dates } = currency.monthly;
  const attention = data.accounts.filter(isMissing).length;

  return (
    <Figures>
      <Figure
        main
        open
        label={t("figure.this_month")}
        note={partialNote(data) ?? longPeriod(dates[dates.length - 1]!, lang)}
        testid="this-month"
      >
        <Money value={parseDecimal(currency.this_month)} currency={currency.currency} />
      </Figure>
      <Figure
        label={t("figure.last_month")}
        note={longPeriod(dates[dates.length - 2]!, lang)}
        testid="last-month"
      >
        <Money value={parseDecimal(currency.last_month)} currency={currency.currency} />
      </Figure>
      <Figure
        label={t("figure.change")}
        note={changeNote(data, currency, lang)}
        testid="change"
      >
        <Change value={changeOf(data, currency)} />
      </Figure>
      <Figure
        label={t("figure.accounts")}
        note={
          attention === 0
            ? t("figure.all_read")
            : plural("figure.attention", attention)
        }
        testid="accounts"
      >
        <Link to="service-accounts">{number(data.accounts.length)}</Link>
      </Figure>
    </Figures>
  );
}

function Body({ data }: { data: Data }) {
  const currency = useCurrency(data.currencies);
  const directory = useDirectory();

  if (data.accounts.length === 0) {
    return <FirstSteps />;
  }
  return (
    <>
      <Coverage
        accounts={data.accounts}
        asOf={data.as_of}
        degraded={data.degraded}
        directory={directory}
      />
      <Restated restated={data.restated} directory={directory} />
      {currency === null ? (
        <p class="card quiet-text" data-testid="no-data">
          {t("state.no_figures")}
        </p>
      ) : (
        <>
          <Top data={data} currency={currency} />
          <Trend
            monthly={currency.monthly}
            daily={currency.daily}
            currency={currency.currency}
            inProgress={data.in_progress}
            filters={{}}
            splits={["none", "service", "project"]}
          />
          <Calendar currency={currency.currency} filters={{}} />
          <Breakdowns
            currency={currency}
            filters={{}}
            dimensions={["service", "region", "project", "account"]}
          />
        </>
      )}
    </>
  );
}

export function Dashboard() {
  const { data, problem, reload, updating } = useFigures(
    (signal) => api.dashboard(signal),
    [],
    (board) => [board],
  );

  return (
    <>
      <PageHead
        title={t("dash.title")}
        lead={
          <AsOf
            asOf={data?.as_of ?? null}
            otherwise={t("dash.lead")}
            updating={updating}
          />
        }
      >
        <CurrencySwitch all={data?.currencies ?? []} />
        <RefreshButton
          accounts={data?.accounts.length ?? 0}
          filters={{}}
          onDone={reload}
        />
      </PageHead>
      {problem !== null && <ProblemView problem={problem} retry={reload} />}
      {data !== null && <Body data={data} />}
      {data === null && problem === null && <DashboardSkeleton figures={4} />}
    </>
  );
}
