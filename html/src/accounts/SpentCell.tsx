/*
 * An amount in a list: what was spent, or which of the other things it is.
 */

import { Money } from "../components/Money";
import { t } from "../i18n";
import type { Spent } from "./useThisMonth";

export function SpentText({ spent }: { spent: Spent }) {
  if (spent === "loading") {
    return (
      <span class="cost-wait">
        <span class="sr">{t("state.loading")}</span>
        <span aria-hidden="true">…</span>
      </span>
    );
  }
  if (spent === "none") {
    return <span class="quiet-text">{t("linked.no_cost")}</span>;
  }
  if (spent === "unread") {
    return <span class="quiet-text">{t("accounts.cost_unknown")}</span>;
  }
  return (
    <>
      {spent.map(({ currency, value }) => (
        <span key={currency} class="cost-line">
          <Money value={value} currency={currency} />
        </span>
      ))}
    </>
  );
}
