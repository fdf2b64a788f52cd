/*
 * How old the figures of a page are.  That newer ones are being read stands
 * beside it, in a line that is always there: nothing jumps when they come.
 */

import { serverNow } from "../api/client";
import type { AccountData } from "../api/types";
import { number, t, useLang } from "../i18n";
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
  /* of how many accounts nothing is there yet, of how many */
  late?: number;
  total?: number;
}

export function AsOf({ asOf, otherwise, updating, late = 0, total = 0 }: Props) {
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
        {updating &&
          ` · ${
            late > 0
              ? t("dash.reading", { read: number(total - late), total: number(total) })
              : t("dash.updating")
          }`}
      </span>
    </>
  );
}
