/*
 * What is missing in the figures, said beside them: accounts that could not
 * be read, older data that could not be renewed, providers that are switched
 * off.  Older data that is being renewed is no reason to worry, nor is what is
 * being read for the first time: see AsOf.
 */

import type { AccountData } from "../api/types";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Status } from "../components/Status";
import { maybe, plural, t, useLang } from "../i18n";
import { serverNow } from "../api/client";
import { shortTime } from "../lib/clock";
import { isLate, isUpdating } from "../lib/useFigures";
import type { Directory } from "../store/directory";

interface Props {
  accounts: AccountData[];
  asOf: string | null;
  degraded?: string | undefined;
  /* what is late is still waited for */
  updating?: boolean;
  directory: Directory | null;
  /* the reasons are in sight at once */
  open?: boolean;
}

export function isMissing(account: AccountData): boolean {
  return account.state === "failed" || account.state === "disabled";
}

function reason(account: AccountData): string {
  if (account.state === "disabled") {
    return t("reason.disabled");
  }
  if (account.reason !== null) {
    return t(`why.${account.reason.code}`);
  }
  return maybe(`reason.${account.code ?? "unknown"}`) ?? account.code ?? "";
}

function Row({ account, directory }: { account: AccountData; directory: Directory | null }) {
  const lang = useLang();
  const today = serverNow().toISOString().slice(0, 10);

  return (
    <li>
      <Status state={account.state} />
      <Link to={`service-accounts/${account.id}`}>
        {directory?.accounts.get(account.id)?.name ?? account.id}
      </Link>
      <span class="coverage-reason">
        {reason(account)}
        {account.as_of !== null && (
          <span> {t("coverage.as_of", { time: shortTime(account.as_of, lang, today) })}</span>
        )}
      </span>
    </li>
  );
}

export function Coverage(props: Props) {
  const { accounts, asOf, degraded, directory } = props;
  const lang = useLang();
  const today = serverNow().toISOString().slice(0, 10);
  const missing = accounts.filter(
    (account) => isMissing(account) && !(props.updating === true && isLate(account)),
  );
  const stale = accounts.filter(
    (account) => account.state === "stale" && !isUpdating(account),
  );

  if (missing.length === 0 && stale.length === 0 && degraded === undefined) {
    return null;
  }

  const time = asOf === null ? null : shortTime(asOf, lang, today);
  return (
    <div
      class={missing.length > 0 ? "coverage bad" : "coverage"}
      role="status"
      data-testid="coverage"
    >
      <Icon name={missing.length > 0 ? "warning" : "clock"} />
      <div>
        {missing.length > 0 && (
          <p class="coverage-title">
            {missing.length === accounts.length
              ? plural("coverage.none", missing.length)
              : plural("coverage.missing", missing.length, { total: accounts.length })}
            {time !== null && <span> {t("coverage.as_of", { time })}</span>}
          </p>
        )}
        {stale.length > 0 && (
          <p class={missing.length > 0 ? "" : "coverage-title"}>
            {plural("coverage.stale", stale.length)}
          </p>
        )}
        {degraded !== undefined && <p>{t("coverage.degraded")}</p>}
        {missing.length + stale.length > 0 && (
          <details open={props.open === true}>
            <summary>{t("coverage.reasons")}</summary>
            <ul>
              {[...missing, ...stale].map((account) => (
                <Row key={account.id} account={account} directory={directory} />
              ))}
            </ul>
          </details>
        )}
      </div>
    </div>
  );
}
