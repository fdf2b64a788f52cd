/*
 * A form being sent: one at a time, the same Idempotency-Key for the same
 * body, the server's messages by field.
 */

import { useRef, useState } from "preact/hooks";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import { focusFirstError } from "../components/Field";
import { serverFaults, textsOf, without } from "./faults";
import type { Texts } from "./faults";
import type { Faults } from "./validate";
import { uuid } from "./uuid";

export interface Submit {
  busy: boolean;
  problem: Problem | null;
  /* the same, unless a field shows what is wrong */
  general: Problem | null;
  errors: Texts;
  setFaults: (faults: Faults) => void;
  /* the field has been changed: what was wrong with it, or below it, is gone */
  changed: (pointer: string) => void;
  keyFor: (body: unknown) => string;
  run: (work: () => Promise<void>) => Promise<void>;
  /* what went wrong the last time, once the input has changed */
  forget: () => void;
}

export function useSubmit(): Submit {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [general, setGeneral] = useState<Problem | null>(null);
  const [faults, setFaults] = useState<Faults>({});
  const key = useRef({ body: "", uuid: "" });

  const keyFor = (body: unknown) => {
    const text = JSON.stringify(body);
    if (key.current.body !== text) {
      key.current = { body: text, uuid: uuid() };
    }
    return key.current.uuid;
  };

  const forget = () => {
    setProblem(null);
    setGeneral(null);
  };

  const run = async (work: () => Promise<void>) => {
    if (busy) {
      return;
    }
    setBusy(true);
    setProblem(null);
    setGeneral(null);
    setFaults({});
    try {
      await work();
    } catch (cause) {
      const failed = asProblem(cause);
      const found = serverFaults(failed);
      setFaults(found);
      setProblem(failed);
      setGeneral(Object.keys(found).length === 0 ? failed : null);
      focusFirstError();
    }
    setBusy(false);
  };

  const changed = (pointer: string) => setFaults((now) => without(now, pointer));

  return {
    busy, problem, general, errors: textsOf(faults), setFaults, changed,
    keyFor, run, forget,
  };
}
