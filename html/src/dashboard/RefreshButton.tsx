/*
 * Reading again from the providers: says what it costs, and not too often.
 */

import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import { ask } from "../components/Ask";
import { Icon } from "../components/Icon";
import { problemText } from "../components/ProblemView";
import { plural, t } from "../i18n";
import type { Lookups } from "../api/types";
import type { Filters } from "../lib/links";
import { setState, toast, useAdmin, useStore } from "../store/store";

const COOL_DOWN = 60_000;

let last = 0;

/* Calls so far, and how many there may be: "128 provider calls this month". */
function spent(lookups: Lookups): string[] {
  const { calls, limit, per, accounts_at_limit: full } = lookups;
  const texts = [plural("refresh.calls", calls)];

  if (limit !== null && per !== null) {
    texts.push(t(`refresh.limit.${per}`, { limit }));
  }
  if (full > 0) {
    texts.push(plural("refresh.full", full));
  }
  return texts;
}

/* An old number is no harm. */
function recount(): void {
  api.session().then(
    (session) => setState({ session }),
    () => undefined,
  );
}

interface Props {
  accounts: number;
  filters: Filters;
  onDone: () => void;
}

export function RefreshButton({ accounts, filters, onDone }: Props) {
  const admin = useAdmin();
  const lookups = useStore((state) => state.session?.lookups ?? null);
  const [busy, setBusy] = useState(false);

  const refresh = async () => {
    const left = Math.ceil((last + COOL_DOWN - Date.now()) / 1000);
    if (left > 0) {
      toast("bad", plural("refresh.wait", left));
      return;
    }
    const agreed = await ask({
      title: t("refresh.title"),
      text: [
        plural("refresh.text", accounts),
        ...(lookups === null ? [] : [`${spent(lookups).join("; ")}.`]),
      ].join(" "),
      submit: t("refresh.action"),
    });
    if (!agreed) {
      return;
    }

    setBusy(true);
    last = Date.now();
    try {
      await api.costs({ ...filters, refresh: true });
      await api.costs({ ...filters, granularity: "DAILY", refresh: true });
      toast("good", t("refresh.done"));
      onDone();
    } catch (cause) {
      toast("bad", problemText(asProblem(cause)));
    }
    setBusy(false);
    recount();
  };

  /* the figures of this page may just have been looked up */
  useEffect(() => {
    if (admin && accounts > 0) {
      recount();
    }
  }, [admin, accounts]);

  if (!admin || accounts === 0) {
    return null;
  }
  return (
    <>
      <button
        type="button"
        class="button"
        aria-disabled={busy}
        onClick={() => !busy && void refresh()}
      >
        {busy ? <span class="spinner" aria-hidden="true" /> : <Icon name="refresh" />}
        {t(busy ? "refresh.busy" : "refresh.action")}
      </button>
      {lookups !== null && (
        <ul class="spent" data-testid="spent">
          {spent(lookups).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </>
  );
}
