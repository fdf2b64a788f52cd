/*
 * A failed call, in place of what it should have brought: what happened, what
 * can be done, and the number that finds it in the server's log.
 */

import type { Problem } from "../api/problem";
import { maybe, t } from "../i18n";
import { Icon } from "./Icon";

/* What these say is all there is to say to people. */
const PLAIN = [
  "unauthenticated",
  "forbidden",
  "not_found",
  "too_many_requests",
  "precondition_failed",
  "storage_unavailable",
];

export function problemText(problem: Problem): string {
  return maybe(`problem.${problem.code}`) ?? problem.detail;
}

interface Props {
  problem: Problem;
  /* what it means in this place, where that is known better */
  meaning?: string | undefined;
  retry?: () => void;
}

export function ProblemView({ problem, meaning, retry }: Props) {
  const text = meaning ?? problemText(problem);

  return (
    <div class="problem" role="alert" data-testid="problem" data-code={problem.code}>
      <Icon name="warning" />
      <div>
        <p class="problem-title">{text}</p>
        {problem.detail !== text && problem.status > 0 && !PLAIN.includes(problem.code) && (
          <p class="problem-detail" lang="en">
            {problem.detail}
          </p>
        )}
        {problem.requestId !== null && (
          <p class="problem-id">{t("problem.request", { id: problem.requestId })}</p>
        )}
        {retry !== undefined && (
          <button type="button" class="button" onClick={retry}>
            <Icon name="refresh" />
            {t("action.retry")}
          </button>
        )}
      </div>
    </div>
  );
}
