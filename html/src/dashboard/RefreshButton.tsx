/*
 * Reading again from the providers: says what it costs, and not too often.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import { ask } from "../components/Ask";
import { Icon } from "../components/Icon";
import { problemText } from "../components/ProblemView";
import { Waiting } from "../components/Skeleton";
import { plural, t } from "../i18n";
import type { Lookups, Progress } from "../api/types";
import type { Filters } from "../lib/links";
import { getState, setState, toast, useAdmin } from "../store/store";
import { coolDown, lastCalls, readAgain, rememberCalls } from "./refresh";

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

/* What it may cost: each account by month and by day, and what is known. */
function price(accounts: number, filters: Filters): string[] {
  const lookups = getState().session?.lookups ?? null;
  const before = lastCalls(filters, accounts);

  return [
    t("refresh.least", { n: 2 * accounts }),
    ...(before === null ? [] : [plural("refresh.before", before)]),
    ...(lookups === null ? [] : spent(lookups)),
  ];
}

/* Calls so far; an old number is no harm, null says that it is one. */
async function recount(): Promise<number | null> {
  try {
    const session = await api.session();
    setState({ session });
    return session.lookups?.calls ?? null;
  } catch {
    return null;
  }
}

interface Props {
  accounts: number;
  filters: Filters;
  onDone: () => void;
}

export function RefreshButton({ accounts, filters, onDone }: Props) {
  const admin = useAdmin();
  const [busy, setBusy] = useState(false);
  const [progress, setProgress] = useState<Progress | null>(null);

  const refresh = async () => {
    const left = coolDown(Date.now());
    if (left > 0) {
      toast("bad", plural("refresh.wait", left));
      return;
    }
    /* the figures of this page may just have been looked up */
    const calls = await recount();
    const agreed = await ask({
      title: t("refresh.title"),
      text: plural("refresh.text", accounts),
      facts: price(accounts, filters),
      submit: t("refresh.action"),
    });
    if (!agreed) {
      return;
    }

    setBusy(true);
    try {
      await readAgain(filters, setProgress);
      toast("good", t("refresh.done"));
      onDone();
    } catch (cause) {
      toast("bad", problemText(asProblem(cause)));
    }
    setBusy(false);
    setProgress(null);
    const after = await recount();
    if (after !== null && calls !== null) {
      rememberCalls(filters, accounts, after - calls);
    }
  };

  if (!admin || accounts === 0) {
    return null;
  }
  return (
    <div class="refresh">
      <button
        type="button"
        class="button measured"
        aria-disabled={busy}
        onClick={() => !busy && void refresh()}
      >
        {busy ? <span class="spinner" aria-hidden="true" /> : <Icon name="refresh" />}
        <span>
          {progress === null
            ? t(busy ? "refresh.busy" : "refresh.action")
            : t("refresh.progress", { ...progress })}
        </span>
        {progress !== null && (
          <progress
            aria-hidden="true"
            max={progress.total}
            value={progress.done}
            data-testid="refresh-progress"
          />
        )}
      </button>
      {busy && <Waiting progress={progress} />}
    </div>
  );
}
