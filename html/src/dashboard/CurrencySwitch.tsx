/*
 * Currencies are never added to each other: with several, one is shown.
 */

import { Segmented } from "../components/Segmented";
import { t } from "../i18n";
import { setQuery, useLocation } from "../router";

export function useCurrency<T extends { currency: string }>(all: T[]): T | null {
  const wanted = useLocation().query.get("currency");
  return all.find((one) => one.currency === wanted) ?? all[0] ?? null;
}

export function CurrencySwitch({ all }: { all: { currency: string }[] }) {
  const current = useCurrency(all);

  if (all.length < 2 || current === null) {
    return null;
  }
  return (
    <Segmented
      label={t("currency.label")}
      value={current.currency}
      options={all.map(({ currency }) => ({ value: currency, label: currency }))}
      onChange={(currency) => setQuery({ currency })}
      testid="currency"
    />
  );
}
