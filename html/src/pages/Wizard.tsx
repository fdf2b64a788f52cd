/*
 * Registering a service account, in three steps; or many of them at once.
 */

import { useLayoutEffect, useRef } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Provider } from "../api/types";
import { CredentialsForm } from "../accounts/CredentialsForm";
import { OutcomeView, TestConnection } from "../accounts/TestConnection";
import { passed, unanswered } from "../accounts/useTest";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { SkeletonLines, Waiting } from "../components/Skeleton";
import { t, useLang } from "../i18n";
import { clock } from "../lib/period";
import { useLoad } from "../lib/useLoad";
import { pointerPart } from "../lib/validate";
import { href, navigate, useLocation } from "../router";
import { useAdmin } from "../store/store";
import { BaseStep } from "../wizard/BaseStep";
import { Many } from "../wizard/Many";
import { ProviderStep } from "../wizard/ProviderStep";
import { Stepper } from "../wizard/Stepper";
import { Success } from "../wizard/Success";
import { STEPS } from "../wizard/steps";
import { useWizard } from "../wizard/useWizard";
import type { Wizard as State } from "../wizard/useWizard";

function Credentials({ wizard }: { wizard: State }) {
  const { draft, schema, credentials, errors, update, test, runTest } = wizard;

  if (schema === undefined || draft.provider === null) {
    return null;
  }
  return (
    <>
      <CredentialsForm
        key={draft.provider}
        schema={schema}
        values={credentials}
        errors={errors}
        found={test.found}
        onChange={(next, changed) =>
          update(
            { credentials: next },
            changed === null ? "/credentials" : `/credentials/${pointerPart(changed)}`,
          )
        }
      />
      <TestConnection test={test} onTest={() => void runTest()} />
    </>
  );
}

function StepBody({ wizard, providers }: { wizard: State; providers: Provider[] }) {
  const { draft, errors, update, step, checked, test } = wizard;

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
    case "credentials":
      return <Credentials wizard={wizard} />;
    case "base":
      return (
        <>
          {passed(test.outcome) && <OutcomeView outcome={test.outcome} />}
          <BaseStep
            draft={draft}
            checked={checked}
            errors={errors}
            onName={(name) => update({ name }, "/name")}
            onProject={(project) => update({ project }, "/project_id", "/project")}
            onTags={(tags) => update({ tags }, "/tags")}
          />
        </>
      );
  }
}

function Foot({ wizard, stuck }: { wizard: State; stuck: boolean }) {
  const { current, step, submit, test, goTo, save, skipTest } = wizard;
  const last = current === STEPS.length - 1;
  const busy = submit.busy || (step === "credentials" && test.outcome.kind === "busy");
  const text = busy
    ? t(last ? "wizard.saving" : "verify.busy")
    : t(last ? "wizard.save" : "wizard.next");

  return (
    <div class="wizard-foot">
      <button
        type="button"
        class="button"
        onClick={() => void navigate(href("service-accounts"))}
      >
        {t("action.cancel")}
      </button>
      {current > 0 && (
        <button type="button" class="button" onClick={() => goTo(current - 1)}>
          {t("wizard.back")}
        </button>
      )}
      {step === "credentials" && unanswered(test.outcome) && (
        <button type="button" class="button" onClick={() => void skipTest()}>
          {t("wizard.untested")}
        </button>
      )}
      {last && submit.problem?.code === "provider_unavailable" && (
        <button type="button" class="button" onClick={() => save(true)}>
          {t("wizard.save_unverified")}
        </button>
      )}
      {!stuck && (
        <button type="submit" class="button primary" aria-disabled={busy}>
          {busy && <span class="spinner" aria-hidden="true" />}
          {text}
        </button>
      )}
    </div>
  );
}

/* What was entered before is not put in front of anybody without a word. */
function Restored({ wizard }: { wizard: State }) {
  const lang = useLang();
  const { restored, startOver } = wizard;

  if (restored === null) {
    return null;
  }
  return (
    <p class="restored" role="status" data-testid="restored">
      <Icon name="clock" />
      <span>{t("wizard.restored", { time: clock(restored, lang) })}</span>
      <button type="button" class="button small" onClick={startOver}>
        {t("wizard.start_over")}
      </button>
    </p>
  );
}

/* The first thing to be typed or chosen; marks of what is wrong go before. */
const FIRST = ".wizard-body :is(input, select, textarea):not(:disabled, [readonly])";

function Steps({ providers }: { providers: Provider[] }) {
  const wizard = useWizard(providers);
  const { step, current, reached, submit } = wizard;
  const form = useRef<HTMLFormElement>(null);
  const first = useRef(true);

  useLayoutEffect(() => {
    if (!first.current && document.querySelector("main [aria-invalid=true]") === null) {
      form.current?.querySelector<HTMLElement>(FIRST)?.focus();
    }
    first.current = false;
  }, [step]);

  return (
    <>
      <Restored wizard={wizard} />
      <Stepper current={current} reached={reached} onGo={wizard.goTo} />
      <form
        ref={form}
        class="card wizard-card"
        noValidate
        autocomplete="off"
        data-testid={`step-${step}`}
        aria-labelledby="wizard-step"
        onSubmit={(event) => {
          event.preventDefault();
          if (current === STEPS.length - 1) {
            wizard.save(false);
          } else {
            void wizard.next();
          }
        }}
      >
        <h2 id="wizard-step" tabIndex={-1}>
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
  const { query } = useLocation();
  const done = query.get("done");
  const many = query.get("many") !== null;
  const { data, problem, reload } = useLoad(() => api.providers(false), []);

  const enabled = (data?.providers ?? []).filter((provider) => provider.enabled);

  if (done !== null) {
    return <Success key={done} id={done} />;
  }
  return (
    <div class="wizard">
      <PageHead
        title={t(many ? "many.title" : "wizard.title")}
        lead={t(many ? "many.lead" : "wizard.lead")}
      >
        {admin && data !== null && (
          <Link
            to="service-accounts/new"
            query={many ? {} : { many: "1" }}
            class="button"
          >
            {t(many ? "many.one" : "many.link")}
          </Link>
        )}
      </PageHead>
      {!admin && <p class="card quiet-text">{t("problem.forbidden")}</p>}
      {admin && problem !== null && <ProblemView problem={problem} retry={reload} />}
      {admin && data === null && problem === null && (
        <div class="card">
          <Waiting />
          <SkeletonLines count={6} />
        </div>
      )}
      {admin && data !== null && many && <Many providers={enabled} />}
      {admin && data !== null && !many && <Steps providers={enabled} />}
    </div>
  );
}
