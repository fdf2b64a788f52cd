/*
 * Currencies are never added to each other: all of them are shown, one below
 * the other, until one is chosen.  The choice is remembered, and written into
 * the address, so that a link shows the same to others.
 */

import { useEffect } from "preact/hooks";
import { Segmented } from "../components/Segmented";
import { t } from "../i18n";
import type { View } from "../lib/view";
import { setQuery } from "../router";

const KEY = "billing.currency";
const ALL = "*";

interface Coded {
  currency: string;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; /* storage may be forbidden: then nothing is remembered */
  }
}

function remember(currency: string | null): void {
  try {
    if (currency === null) {
      localStorage.removeItem(KEY);
    } else {
      localStorage.setItem(KEY, currency);
    }
  } catch {
    /* storage may be forbidden: then the choice holds for this page */
  }
}

export interface Shown<T> {
  all: T[];
  shown: T[];
  /* what is asked for, and has nothing here */
  absent: string | null;
}

/* What a page shows of the currencies that it has. */
export function useCurrencies<T extends Coded>(all: T[], view: View): Shown<T> {
  const kept = view.currency === null && all.length > 1 ? remembered() : null;
  const known = all.some(({ currency }) => currency === kept) ? kept : null;
  const wanted = view.currency ?? known;

  useEffect(() => {
    if (known !== null) {
      setQuery({ currency: known }, { replace: true });
    }
  }, [known]);

  const shown = wanted === null ? all : all.filter(({ currency }) => currency === wanted);
  return {
    all,
    shown,
    absent: all.length > 0 && shown.length === 0 ? wanted : null,
  };
}

export function chooseCurrency(currency: string | null): void {
  remember(currency);
  setQuery({ currency });
}

export function CurrencySwitch({ all, shown, absent }: Shown<Coded>) {
  if (all.length < 2 && absent === null) {
    return null;
  }

  const codes = all.map(({ currency }) => currency);
  const value = absent ?? (shown.length === 1 ? shown[0]!.currency : ALL);
  return (
    <div class="currency-row">
      <Segmented
        label={t("currency.label")}
        value={value}
        options={[
          { value: ALL, label: t("currency.all") },
          ...[...codes, ...(absent === null ? [] : [absent])].map((code) => ({
            value: code,
            label: code,
          })),
        ]}
        onChange={(code) => chooseCurrency(code === ALL ? null : code)}
        testid="currency"
      />
    </div>
  );
}
