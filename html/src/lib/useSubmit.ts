/*
 * A form being sent: one at a time, the same Idempotency-Key for the same
 * body, the server's messages by field.
 */

import { useRef, useState } from "preact/hooks";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import { focusFirstError } from "../components/Field";
import { serverTexts } from "./faults";
import type { Texts } from "./faults";
import { uuid } from "./uuid";

export interface Submit {
  busy: boolean;
  problem: Problem | null;
  /* the same, unless a field shows what is wrong */
  general: Problem | null;
  errors: Texts;
  setErrors: (errors: Texts) => void;
  keyFor: (body: unknown) => string;
  run: (work: () => Promise<void>) => Promise<void>;
  /* what went wrong the last time, once the input has changed */
  forget: () => void;
}

export function useSubmit(): Submit {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [general, setGeneral] = useState<Problem | null>(null);
  const [errors, setErrors] = useState<Texts>({});
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
    setErrors({});
    try {
      await work();
    } catch (cause) {
      const failed = asProblem(cause);
      const texts = serverTexts(failed);
      setErrors(texts);
      setProblem(failed);
      setGeneral(Object.keys(texts).length === 0 ? failed : null);
      focusFirstError();
    }
    setBusy(false);
  };

  return { busy, problem, general, errors, setErrors, keyFor, run, forget };
}
