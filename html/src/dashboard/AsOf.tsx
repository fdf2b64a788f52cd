/*
 * How old the figures of a page are.  That newer ones are being read stands
 * beside it, in a line that is always there: nothing jumps when they come.
 */

import { serverNow } from "../api/client";
import type { AccountData } from "../api/types";
import { t, useLang } from "../i18n";
import { shortTime } from "../lib/clock";

/* The age of the oldest figures. */
export function oldest(accounts: AccountData[]): string | null {
  return accounts.reduce<string | null>(
    (found, { as_of: at }) =>
      at === null || (found !== null && found <= at) ? found : at,
    null,
  );
}

interface Props {
  asOf: string | null;
  otherwise: string;
  updating: boolean;
}

export function AsOf({ asOf, otherwise, updating }: Props) {
  const lang = useLang();
  const today = serverNow().toISOString().slice(0, 10);

  return (
    <>
      {asOf === null ? (
        otherwise
      ) : (
        <time data-as-of class="as-of-time" dateTime={asOf}>
          {t("dash.as_of", { time: shortTime(asOf, lang, today) })}
        </time>
      )}
      <span role="status" data-testid="updating">
        {updating ? ` · ${t("dash.updating")}` : ""}
      </span>
    </>
  );
}
