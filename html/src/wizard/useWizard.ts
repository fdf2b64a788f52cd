/*
 * The state of the wizard: draft, step, faults, the test, and sending it.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import type { CredentialsSchema, Provider } from "../api/types";
import { scopeField, withScope, withoutUnchosen } from "../accounts/credentials";
import { NO_PROJECT, projectOf } from "../accounts/project";
import { passed, useTest } from "../accounts/useTest";
import type { Outcome } from "../accounts/useTest";
import { focusFirstError } from "../components/Field";
import { serverFaults, textsOf, without } from "../lib/faults";
import { useLeaveGuard } from "../lib/useLeaveGuard";
import { useSubmit } from "../lib/useSubmit";
import { pointerPart, tagsOf } from "../lib/validate";
import type { Faults } from "../lib/validate";
import { setGuard, setQuery, useLocation } from "../router";
import { ensureDirectory, refreshDirectory } from "../store/directory";
import { getState } from "../store/store";
import {
  dropDraft, emptyDraft, isDirty, keepDraft, lastProvider, readDraft, rememberProvider,
} from "./draft";
import type { Draft } from "./draft";
import { proposeName } from "./propose";
import { STEPS, reachable, stepFaults, stepOf } from "./steps";
import type { Step } from "./steps";

const NO_SCHEMA: CredentialsSchema = {
  $schema: "",
  type: "object",
  "x-ko": {},
  properties: {},
  required: [],
  additionalProperties: false,
};

/* A choice of one is made already; of several, the one of the account before. */
function usual(providers: Provider[]): string | null {
  const last = providers.find(({ id }) => id === lastProvider());

  return providers.length === 1 ? providers[0]!.id : (last?.id ?? null);
}

/* A project that is there alone is the one. */
function onlyProject(): string | null {
  const ids = [...(getState().directory?.projects.keys() ?? [])];
  return ids.length === 1 ? ids[0]! : null;
}

export function useWizard(providers: Provider[]) {
  const { query } = useLocation();
  const anew = () => emptyDraft(usual(providers), query.get("project"));
  const [kept, setKept] = useState(readDraft);
  const [draft, setDraft] = useState<Draft>(() => kept?.draft ?? anew());
  const [faults, setFaults] = useState<Faults>({});
  const [checked, setChecked] = useState(false);
  const submit = useSubmit();
  const saved = useRef(false);
  /* whose first choice is made already begins with what is to be typed */
  const begin = ({ provider: chosen }: Draft) => (chosen === null ? 1 : 2);
  const start = useRef(begin(draft));
  const provider = providers.find((one) => one.id === draft.provider);
  const schema = provider?.credentials_schema;
  const credentials = withScope(schema ?? NO_SCHEMA, draft.credentials);
  const test = useTest({
    provider: draft.provider ?? "",
    schema: schema ?? NO_SCHEMA,
    values: credentials,
  });
  const reached = reachable(draft, schema);
  const wanted = Number(query.get("step") ?? start.current) - 1;
  const current = Math.max(0, Math.min(Number.isNaN(wanted) ? 0 : wanted, reached));
  const step: Step = STEPS[current]!;

  useLeaveGuard(isDirty(draft, schema) && !saved.current, dropDraft);
  useEffect(() => {
    if (!saved.current) {
      keepDraft(draft, provider);
    }
  }, [draft, provider]);

  /* an address past what is filled in would skip a step at its first character */
  const done = query.get("done") !== null;
  useEffect(() => {
    if (!done && query.get("step") !== null && wanted !== current) {
      setQuery({ step: String(current + 1) }, { replace: true });
    }
  }, [done, wanted, current]);

  const update = (change: Partial<Draft>, ...pointers: string[]) => {
    setDraft((now) => ({ ...now, ...change }));
    setFaults((now) => pointers.reduce(without, now));
    submit.forget();
  };

  const goTo = (at: number) => {
    setChecked(false);
    setQuery({ step: String(at + 1) });
  };

  const show = (found: Faults): boolean => {
    setChecked(true);
    setFaults(found);
    if (Object.keys(found).length > 0) {
      focusFirstError();
      return false;
    }
    return true;
  };

  /* true: the step is complete; otherwise its faults are shown */
  const check = (which: Step): boolean => show(stepFaults(which, draft, schema));

  /* a name from what was found, unless there is one; the only project */
  const propose = async (outcome: Outcome) => {
    await ensureDirectory();
    const names = [...(getState().directory?.accounts.values() ?? [])].map(
      (one) => one.name,
    );
    const linked = outcome.kind === "told" ? outcome.linked : [];
    setDraft((now) => {
      const name = proposeName(provider?.name ?? "", linked, names);
      const free = now.name === "" || now.name === now.proposed;
      const { project } = now;
      return {
        ...now,
        ...(free ? { name, proposed: name } : {}),
        project:
          project.project === null ? { ...project, project: onlyProject() } : project,
      };
    });
  };

  const runTest = async (): Promise<Outcome | null> => {
    if (schema === undefined) {
      return null;
    }
    const scope = scopeField(schema);
    const all = stepFaults("credentials", draft, schema);
    if (!show(scope === null ? all : withoutUnchosen(all, scope, credentials, schema))) {
      return null;
    }
    const outcome = await test.run();
    if (outcome?.kind === "bad") {
      show(serverFaults(outcome.problem));
    } else if (outcome?.kind === "told" && Object.keys(all).length > 0) {
      /* asked for all of them: one is to be picked */
      show({ [`/credentials/${pointerPart(scope!)}`]: "pick" });
      return null;
    }
    return outcome;
  };

  const next = async () => {
    if (step !== "credentials") {
      if (check(step)) {
        goTo(current + 1);
      }
      return;
    }
    const outcome = passed(test.outcome) ? test.outcome : await runTest();
    if (outcome !== null && passed(outcome)) {
      await propose(outcome);
      goTo(current + 1);
    }
  };

  /* the provider has not answered: it may when the account is saved */
  const skipTest = async () => {
    if (check("credentials")) {
      await propose({ kind: "idle" });
      goTo(current + 1);
    }
  };

  const startOver = () => {
    dropDraft();
    setKept(null);
    setFaults({});
    setChecked(false);
    submit.forget();
    const fresh = anew();
    start.current = begin(fresh);
    setDraft(fresh);
    setQuery({ step: null }, { replace: true });
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

  const send = async (later: boolean) => {
    const project_id = await projectOf(draft.project, submit.keyFor);
    if (draft.project.fresh !== "") {
      /* it is there now, whatever comes of the account */
      setDraft((now) => ({ ...now, project: { ...NO_PROJECT, project: project_id } }));
      await refreshDirectory().catch(() => undefined);
    }
    const body = {
      name: draft.name.trim(),
      provider: draft.provider!,
      project_id,
      tags: tagsOf(draft.tags),
      credentials,
    };
    const account = await api.createAccount(body, submit.keyFor(body), later);
    saved.current = true;
    dropDraft();
    rememberProvider(body.provider);
    setGuard(null);
    await refreshDirectory().catch(() => undefined);
    setQuery({ done: account.id, step: null, project: null }, { replace: true });
  };

  const save = (later: boolean) => {
    for (const which of STEPS) {
      if (!check(which)) {
        setQuery({ step: String(STEPS.indexOf(which) + 1) });
        return;
      }
    }
    void submit.run(async () => {
      try {
        await send(later);
      } catch (cause) {
        fail(cause);
        throw cause;
      }
    });
  };

  return {
    draft, credentials, update, errors: textsOf(faults), checked, submit, test, runTest,
    provider, schema, reached, current, step, goTo, next, skipTest, save,
    startOver, restored: kept?.at ?? null,
  };
}

export type Wizard = ReturnType<typeof useWizard>;
