/*
 * Reading again from the providers: says what it costs, and not too often.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import { ask } from "../components/Ask";
import { Icon } from "../components/Icon";
import { problemText } from "../components/ProblemView";
import { plural, t } from "../i18n";
import { toast, useAdmin } from "../store/store";

const COOL_DOWN = 60_000;

let last = 0;

interface Props {
  accounts: number;
  filters: Record<string, string>;
  onDone: () => void;
}

export function RefreshButton({ accounts, filters, onDone }: Props) {
  const admin = useAdmin();
  const [busy, setBusy] = useState(false);

  const refresh = async () => {
    const left = Math.ceil((last + COOL_DOWN - Date.now()) / 1000);
    if (left > 0) {
      toast("bad", plural("refresh.wait", left));
      return;
    }
    const agreed = await ask({
      title: t("refresh.title"),
      text: plural("refresh.text", accounts),
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
  };

  if (!admin || accounts === 0) {
    return null;
  }
  return (
    <button
      type="button"
      class="button"
      aria-disabled={busy}
      onClick={() => !busy && void refresh()}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : <Icon name="refresh" />}
      {t(busy ? "refresh.busy" : "refresh.action")}
    </button>
  );
}
