/*
 * The test of a connection: whether the provider takes the credentials, which
 * linked accounts it finds, and which of them another account has.
 */

import { useRef, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import type { CredentialsSchema, Overlap } from "../api/types";
import { scopeField, unchosen } from "./credentials";
import type { Values } from "./credentials";

export type Outcome =
  | { kind: "idle" }
  | { kind: "busy" }
  | { kind: "told"; linked: string[]; overlap: Overlap[]; all: boolean }
  | { kind: "bad"; problem: Problem };

export interface Test {
  outcome: Outcome;
  /* linked accounts that can be picked from; null: not known */
  found: string[] | null;
  run: () => Promise<Outcome | null>;
}

interface Subject {
  provider: string;
  schema: CredentialsSchema;
  values: Values;
  /* an account whose own linked accounts are no overlap */
  own?: string;
}

const IDLE: Outcome = { kind: "idle" };

/* Nothing stands in the way of saving this. */
export function passed(outcome: Outcome | null): boolean {
  return (
    outcome?.kind === "told" && outcome.linked.length > 0 && outcome.overlap.length === 0
  );
}

/* What was not answered can be answered later; a refusal stays one. */
export function unanswered(outcome: Outcome | null): boolean {
  return (
    outcome?.kind === "bad" &&
    (outcome.problem.status >= 500 ||
      outcome.problem.status === 0 ||
      outcome.problem.code === "too_many_requests")
  );
}

/* Values to ask with: all of them, as long as the one is not chosen. */
function asked({ schema, values }: Subject): { values: Values; all: boolean } {
  const scope = scopeField(schema);

  if (scope === null) {
    return { values, all: true };
  }
  const all = schema.properties[scope]!["x-all"]!;
  const value = values[scope] ?? all;
  const open = value === all || value === unchosen(all) || /\D/.test(value.trim());

  return {
    values: value === unchosen(all) ? { ...values, [scope]: all } : values,
    all: open,
  };
}

export function useTest(subject: Subject): Test {
  const { provider, schema, values, own } = subject;
  const scope = scopeField(schema);
  const rest = JSON.stringify([provider, { ...values, [scope ?? ""]: null }]);
  const whole = JSON.stringify([provider, values]);
  const now = useRef(whole);
  const [told, setTold] = useState<{ whole: string; outcome: Outcome }>({
    whole: "",
    outcome: IDLE,
  });
  const [list, setList] = useState<{ rest: string; linked: string[] } | null>(null);

  now.current = whole;

  /* an outcome is true only of what was tested; null: that is gone meanwhile */
  const run = async (): Promise<Outcome | null> => {
    if (told.whole === whole && told.outcome.kind === "busy") {
      return null;
    }
    const question = asked(subject);
    let outcome: Outcome;
    setTold({ whole, outcome: { kind: "busy" } });
    try {
      const { linked_accounts: linked, overlap } = await api.verify(
        provider,
        question.values,
      );
      const others = (overlap ?? []).filter(({ account }) => account !== own);
      outcome = { kind: "told", linked, overlap: others, all: question.all };
      if (question.all) {
        setList({ rest, linked });
      }
    } catch (cause) {
      outcome = { kind: "bad", problem: asProblem(cause) };
    }
    setTold({ whole, outcome });
    return now.current === whole ? outcome : null;
  };

  return {
    outcome: told.whole === whole ? told.outcome : IDLE,
    found: list?.rest === rest ? list.linked : null,
    run,
  };
}
