/*
 * Providers: which of them may be used in this domain.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import type { Provider } from "../api/types";
import { contactOf } from "../accounts/credentials";
import { ask } from "../components/Ask";
import { PageHead } from "../components/PageHead";
import { ProblemView, problemText } from "../components/ProblemView";
import { SkeletonLines, Waiting } from "../components/Skeleton";
import { t } from "../i18n";
import { useLoad } from "../lib/useLoad";
import { refreshDirectory } from "../store/directory";
import { toast, useAdmin } from "../store/store";

interface SwitchProps {
  provider: Provider;
  onDone: () => void;
}

function Switch({ provider, onDone }: SwitchProps) {
  const { id, name, enabled } = provider;
  const [busy, setBusy] = useState(false);

  const change = async () => {
    const agreed =
      !enabled ||
      (await ask({
        title: t("providers.disable_title", { name }),
        text: t("providers.disable_text"),
        submit: t("providers.disable"),
        tone: "danger",
      }));
    if (!agreed) {
      return;
    }
    setBusy(true);
    try {
      await api.enableProvider(id, !enabled);
      toast("good", t(enabled ? "providers.disabled" : "providers.enabled", { name }));
      await refreshDirectory();
      onDone();
    } catch (cause) {
      toast("bad", problemText(asProblem(cause)));
    }
    setBusy(false);
  };

  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={enabled}
      aria-label={`${t(enabled ? "providers.on" : "providers.off")}: ${t("providers.use", { name })}`}
      aria-disabled={busy}
      data-testid={`switch-${id}`}
      onClick={() => !busy && void change()}
    >
      <span class="switch-track" aria-hidden="true">
        <span />
      </span>
      <span aria-hidden="true">{t(enabled ? "providers.on" : "providers.off")}</span>
    </button>
  );
}

function ProviderCard({ provider, onDone }: SwitchProps) {
  return (
    <li class="card provider">
      <div class="provider-head">
        <div>
          <h2>{provider.name}</h2>
          <p class="card-note">{provider.backend}</p>
        </div>
        <Switch provider={provider} onDone={onDone} />
      </div>
      <dl class="facts">
        <div>
          <dt>{t("providers.contact")}</dt>
          <dd>{contactOf(provider)}</dd>
        </div>
        <div>
          <dt>{t("providers.id")}</dt>
          <dd class="mono">{provider.id}</dd>
        </div>
      </dl>
    </li>
  );
}

export function Providers() {
  const admin = useAdmin();
  const { data, problem, reload } = useLoad(() => api.providers(admin), [admin]);

  return (
    <>
      <PageHead title={t("providers.title")} lead={t("providers.lead")} />
      {!admin && <p class="card quiet-text">{t("problem.forbidden")}</p>}
      {admin && problem !== null && <ProblemView problem={problem} retry={reload} />}
      {admin && data === null && problem === null && (
        <div class="card">
          <Waiting />
          <SkeletonLines count={4} />
        </div>
      )}
      {admin && data !== null && (
        <ul class="grid-2">
          {data.providers.map((provider) => (
            <ProviderCard key={provider.id} provider={provider} onDone={reload} />
          ))}
        </ul>
      )}
    </>
  );
}
