/*
 * The state of the wizard: draft, step, faults, and sending it.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import type { Provider } from "../api/types";
import { focusFirstError } from "../components/Field";
import { serverFaults, textsOf, without } from "../lib/faults";
import { useLeaveGuard } from "../lib/useLeaveGuard";
import { useSubmit } from "../lib/useSubmit";
import { tagsOf } from "../lib/validate";
import type { Faults } from "../lib/validate";
import { setGuard, setQuery, useLocation } from "../router";
import { refreshDirectory } from "../store/directory";
import { dropDraft, emptyDraft, isDirty, keepDraft, readDraft } from "./draft";
import type { Draft } from "./draft";
import { STEPS, reachable, stepFaults, stepOf } from "./steps";
import type { Step } from "./steps";

/* A choice of one is made already. */
function only(providers: Provider[]): string | null {
  return providers.length === 1 ? providers[0]!.id : null;
}

export function useWizard(providers: Provider[]) {
  const { query } = useLocation();
  const [draft, setDraft] = useState<Draft>(
    () => readDraft() ?? emptyDraft(only(providers), query.get("project")),
  );
  const [faults, setFaults] = useState<Faults>({});
  const [checked, setChecked] = useState(false);
  const submit = useSubmit();
  const saved = useRef(false);
  const provider = providers.find((one) => one.id === draft.provider);
  const schema = provider?.credentials_schema;
  const reached = reachable(draft, schema);
  const wanted = Number(query.get("step") ?? 1) - 1;
  const current = Math.max(0, Math.min(Number.isNaN(wanted) ? 0 : wanted, reached));
  const step: Step = STEPS[current]!;

  useLeaveGuard(isDirty(draft) && !saved.current, dropDraft);
  useEffect(() => {
    if (!saved.current) {
      keepDraft(draft, provider);
    }
  }, [draft, provider]);

  /* an address past what is filled in would skip a step at its first character */
  const done = query.get("done") !== null;
  useEffect(() => {
    if (!done && wanted !== current) {
      setQuery({ step: String(current + 1) }, { replace: true });
    }
  }, [done, wanted, current]);

  const update = (change: Partial<Draft>, ...pointers: string[]) => {
    setDraft({ ...draft, ...change });
    setFaults(pointers.reduce(without, faults));
    submit.forget();
  };

  const goTo = (at: number) => {
    setChecked(false);
    setQuery({ step: String(at + 1) });
  };

  /* true: the step is complete; otherwise its faults are shown */
  const check = (which: Step): boolean => {
    const found = stepFaults(which, draft, schema);
    setChecked(true);
    setFaults(found);
    if (Object.keys(found).length > 0) {
      focusFirstError();
      return false;
    }
    return true;
  };

  const next = () => {
    if (check(step)) {
      goTo(current + 1);
    }
  };

  const fail = (cause: unknown) => {
    const problem = asProblem(cause);
    const found = serverFaults(problem);
    const steps = Object.keys(found).map(stepOf);
    if (problem.code === "provider_rejected") {
      steps.push("credentials");
    }
    const first = Math.min(...steps.map((one) => STEPS.indexOf(one)));
    setFaults(found);
    if (steps.length > 0 && first !== current) {
      setQuery({ step: String(first + 1) });
    }
  };

  const save = (later: boolean) => {
    if (!check("project") || draft.provider === null || draft.project === null) {
      return;
    }
    const body = {
      name: draft.name.trim(),
      provider: draft.provider,
      project_id: draft.project,
      tags: tagsOf(draft.tags),
      credentials: draft.credentials,
    };
    void submit.run(async () => {
      try {
        const account = await api.createAccount(body, submit.keyFor(body), later);
        saved.current = true;
        dropDraft();
        setGuard(null);
        await refreshDirectory().catch(() => undefined);
        setDraft(emptyDraft(only(providers), null));
        setQuery({ done: account.id, step: null, project: null }, { replace: true });
      } catch (cause) {
        fail(cause);
        throw cause;
      }
    });
  };

  return {
    draft, update, errors: textsOf(faults), setFaults, checked, submit,
    provider, schema, reached, current, step, goTo, check, next, save,
  };
}

export type Wizard = ReturnType<typeof useWizard>;
