/*
 * What a test of a connection has told: the linked accounts, those of them
 * that another service account has, or why there are none.
 */

import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { ProblemView } from "../components/ProblemView";
import { number, plural, t } from "../i18n";
import type { Overlap } from "../api/types";
import type { Outcome, Test } from "./useTest";

const LISTED = 12;

export function Linked({ linked }: { linked: string[] }) {
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
            <li>{t("verify.more", { n: number(linked.length - LISTED) })}</li>
          )}
        </ul>
      </div>
    </div>
  );
}

function Taken({ overlap, total }: { overlap: Overlap[]; total: number }) {
  return (
    <div class="outcome warn" data-testid="overlap">
      <Icon name="warning" />
      <div>
        <p>{plural("verify.overlap", overlap.length, { total })}</p>
        <ul class="taken">
          {overlap.slice(0, LISTED).map((one) => (
            <li key={one.linked_account}>
              <span class="mono">{one.linked_account}</span>
              <Icon name="right" />
              <Link to={`service-accounts/${one.account}`}>{one.name}</Link>
            </li>
          ))}
          {overlap.length > LISTED && (
            <li>{t("verify.more", { n: number(overlap.length - LISTED) })}</li>
          )}
        </ul>
        <p class="hint">{t("verify.overlap_hint")}</p>
      </div>
    </div>
  );
}

function Empty() {
  return (
    <div class="outcome warn" data-testid="verified-empty">
      <Icon name="warning" />
      <p>{t("verify.empty")}</p>
    </div>
  );
}

export function OutcomeView({ outcome }: { outcome: Outcome }) {
  if (outcome.kind === "bad") {
    return outcome.problem.reason?.code === "list_empty" ? (
      <Empty />
    ) : (
      <ProblemView problem={outcome.problem} />
    );
  }
  if (outcome.kind !== "told") {
    return null;
  }
  if (outcome.linked.length === 0) {
    return <Empty />;
  }
  return outcome.overlap.length > 0 ? (
    <Taken overlap={outcome.overlap} total={outcome.linked.length} />
  ) : (
    <Linked linked={outcome.linked} />
  );
}

export function TestConnection({ test, onTest }: { test: Test; onTest: () => void }) {
  const busy = test.outcome.kind === "busy";

  return (
    <div class="verify">
      <button type="button" class="button" aria-disabled={busy} onClick={onTest}>
        {busy ? <span class="spinner" aria-hidden="true" /> : <Icon name="key" />}
        {t(busy ? "verify.busy" : "verify.action")}
      </button>
      <div aria-live="polite">
        <OutcomeView outcome={test.outcome} />
      </div>
    </div>
  );
}
