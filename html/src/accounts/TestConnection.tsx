/*
 * Asks the provider whether the credentials hold, and shows what it sees.
 */

import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import { Icon } from "../components/Icon";
import { ProblemView } from "../components/ProblemView";
import { plural, t } from "../i18n";
import type { Values } from "./credentials";

interface Props {
  provider: string;
  values: Values;
  /* false: the form has found faults and shows them */
  check: () => boolean;
  onProblem: (problem: Problem) => void;
}

type Outcome =
  | { kind: "idle" }
  | { kind: "busy" }
  | { kind: "good"; linked: string[] }
  | { kind: "bad"; problem: Problem };

const LISTED = 12;

function Linked({ linked }: { linked: string[] }) {
  return (
    <div class="outcome good" data-testid="verified">
      <Icon name="check" />
      <div>
        <p>{plural("verify.good", linked.length)}</p>
        <ul class="ids">
          {linked.slice(0, LISTED).map((id) => (
            <li key={id} class="mono">
              {id}
            </li>
          ))}
          {linked.length > LISTED && (
            <li>{t("verify.more", { n: linked.length - LISTED })}</li>
          )}
        </ul>
      </div>
    </div>
  );
}

export function TestConnection({ provider, values, check, onProblem }: Props) {
  const [outcome, setOutcome] = useState<Outcome>({ kind: "idle" });
  const key = JSON.stringify(values);

  /* an outcome is true only of what was tested */
  useEffect(() => setOutcome({ kind: "idle" }), [key]);

  const test = async () => {
    if (outcome.kind === "busy" || !check()) {
      return;
    }
    setOutcome({ kind: "busy" });
    try {
      const { linked_accounts } = await api.verify(provider, values);
      setOutcome({ kind: "good", linked: linked_accounts });
    } catch (cause) {
      const problem = asProblem(cause);
      setOutcome({ kind: "bad", problem });
      onProblem(problem);
    }
  };

  return (
    <div class="verify">
      <button
        type="button"
        class="button"
        aria-disabled={outcome.kind === "busy"}
        onClick={() => void test()}
      >
        {outcome.kind === "busy" ? (
          <span class="spinner" aria-hidden="true" />
        ) : (
          <Icon name="key" />
        )}
        {t(outcome.kind === "busy" ? "verify.busy" : "verify.action")}
      </button>
      <div aria-live="polite">
        {outcome.kind === "good" && <Linked linked={outcome.linked} />}
        {outcome.kind === "bad" && <ProblemView problem={outcome.problem} />}
      </div>
    </div>
  );
}
