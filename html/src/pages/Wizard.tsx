/*
 * Registering a service account, in four steps.
 */

import { useLayoutEffect, useRef } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Provider } from "../api/types";
import { CredentialsForm } from "../accounts/CredentialsForm";
import { ProjectPicker } from "../accounts/ProjectPicker";
import { TestConnection } from "../accounts/TestConnection";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { SkeletonLines, Waiting } from "../components/Skeleton";
import { t } from "../i18n";
import { serverFaults } from "../lib/faults";
import { useLoad } from "../lib/useLoad";
import { pointerPart } from "../lib/validate";
import { href, navigate, useLocation } from "../router";
import { useAdmin } from "../store/store";
import { BaseStep } from "../wizard/BaseStep";
import { ProviderStep } from "../wizard/ProviderStep";
import { Stepper } from "../wizard/Stepper";
import { Success } from "../wizard/Success";
import { STEPS } from "../wizard/steps";
import { useWizard } from "../wizard/useWizard";
import type { Wizard as State } from "../wizard/useWizard";

function Credentials({ wizard }: { wizard: State }) {
  const { draft, schema, errors, update, setFaults, check } = wizard;

  if (schema === undefined || draft.provider === null) {
    return null;
  }
  return (
    <>
      <CredentialsForm
        key={draft.provider}
        schema={schema}
        values={draft.credentials}
        errors={errors}
        onChange={(credentials, changed) =>
          update(
            { credentials },
            changed === null ? "/credentials" : `/credentials/${pointerPart(changed)}`,
          )
        }
      />
      <TestConnection
        provider={draft.provider}
        values={draft.credentials}
        check={() => check("credentials")}
        onProblem={(problem) => setFaults(serverFaults(problem))}
      />
    </>
  );
}

function StepBody({ wizard, providers }: { wizard: State; providers: Provider[] }) {
  const { draft, errors, update, step, checked } = wizard;

  switch (step) {
    case "provider":
      return (
        <ProviderStep
          providers={providers}
          chosen={draft.provider}
          error={errors["/provider"]}
          onChoose={(provider) =>
            update({ provider, credentials: {} }, "/provider", "/credentials")
          }
        />
      );
    case "base":
      return (
        <BaseStep
          name={draft.name}
          tags={draft.tags}
          checked={checked}
          errors={errors}
          onName={(name) => update({ name }, "/name")}
          onTags={(tags) => update({ tags }, "/tags")}
        />
      );
    case "credentials":
      return <Credentials wizard={wizard} />;
    case "project":
      return (
        <ProjectPicker
          selected={draft.project}
          error={errors["/project_id"]}
          onSelect={(project) => update({ project }, "/project_id")}
        />
      );
  }
}

function Foot({ wizard, stuck }: { wizard: State; stuck: boolean }) {
  const { current, submit, goTo, save } = wizard;
  const last = current === STEPS.length - 1;

  return (
    <div class="wizard-foot">
      <button
        type="button"
        class="button"
        onClick={() =>
          current === 0 ? void navigate(href("service-accounts")) : goTo(current - 1)
        }
      >
        {t(current === 0 ? "action.cancel" : "wizard.back")}
      </button>
      {last && submit.problem?.code === "provider_unavailable" && (
        <button type="button" class="button" onClick={() => save(true)}>
          {t("wizard.save_unverified")}
        </button>
      )}
      {!stuck && (
        <button type="submit" class="button primary" aria-disabled={submit.busy}>
          {submit.busy && <span class="spinner" aria-hidden="true" />}
          {t(submit.busy ? "wizard.saving" : last ? "wizard.save" : "wizard.next")}
        </button>
      )}
    </div>
  );
}

function Steps({ providers }: { providers: Provider[] }) {
  const wizard = useWizard(providers);
  const { step, current, reached, submit } = wizard;
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);

  useLayoutEffect(() => {
    if (!first.current && document.querySelector("main [aria-invalid=true]") === null) {
      heading.current?.focus();
    }
    first.current = false;
  }, [step]);

  return (
    <>
      <Stepper current={current} reached={reached} onGo={wizard.goTo} />
      <form
        class="card wizard-card"
        noValidate
        autocomplete="off"
        data-testid={`step-${step}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (current === STEPS.length - 1) {
            wizard.save(false);
          } else {
            wizard.next();
          }
        }}
      >
        <h2 ref={heading} tabIndex={-1}>
          {t(`wizard.${step}`)}
        </h2>
        <p class="quiet-text">{t(`wizard.${step}.text`)}</p>
        {submit.problem !== null && <ProblemView problem={submit.problem} />}
        <div class="wizard-body">
          <StepBody wizard={wizard} providers={providers} />
        </div>
        <Foot wizard={wizard} stuck={providers.length === 0} />
      </form>
    </>
  );
}

export function Wizard() {
  const admin = useAdmin();
  const done = useLocation().query.get("done");
  const { data, problem, reload } = useLoad(() => api.providers(false), []);

  if (done !== null) {
    return <Success id={done} />;
  }
  return (
    <div class="wizard">
      <PageHead title={t("wizard.title")} lead={t("wizard.lead")} />
      {!admin && <p class="card quiet-text">{t("problem.forbidden")}</p>}
      {admin && problem !== null && <ProblemView problem={problem} retry={reload} />}
      {admin && data === null && problem === null && (
        <div class="card">
          <Waiting />
          <SkeletonLines count={6} />
        </div>
      )}
      {admin && data !== null && (
        <Steps providers={data.providers.filter((provider) => provider.enabled)} />
      )}
    </div>
  );
}
