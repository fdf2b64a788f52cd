/*
 * A failed call, in place of what it should have brought: what happened, what
 * can be done, and the number that finds it in the server's log.
 */

import type { Problem } from "../api/problem";
import { maybe, t } from "../i18n";
import { Icon } from "./Icon";
import { Link } from "./Link";

/*
 * The server sends codes and what they are about; sentences are made here, in
 * the language of the page.  Its own sentence is for its log.
 */
export function problemText(problem: Problem): string {
  const { code } = problem;

  return maybe(`problem.${code}`) ?? t("problem.unexpected");
}

/* Why the provider says no, where that is known. */
function reasonText({ reason }: Problem): string | null {
  return reason === null ? null : maybe(`why.${reason.code}`);
}

/* Which linked accounts, and who has them. */
function Overlaps({ problem }: { problem: Problem }) {
  return (
    <ul class="taken">
      {problem.errors.flatMap(({ args }) => {
        const { linked_account: linked, account, name } = args ?? {};
        return linked === undefined || account === undefined ? [] : (
          <li key={linked}>
            <span class="mono">{linked}</span>
            <Icon name="right" />
            <Link to={`service-accounts/${account}`}>{name ?? account}</Link>
          </li>
        );
      })}
    </ul>
  );
}

interface Props {
  problem: Problem;
  /* what it means in this place, where that is known better */
  meaning?: string | undefined;
  retry?: () => void;
}

export function ProblemView({ problem, meaning, retry }: Props) {
  const text = meaning ?? problemText(problem);
  const reason = meaning === undefined ? reasonText(problem) : null;

  return (
    <div class="problem" role="alert" data-testid="problem" data-code={problem.code}>
      <Icon name="warning" />
      <div>
        <p class="problem-title">{text}</p>
        {reason !== null && <p class="problem-detail">{reason}</p>}
        {problem.code === "overlap" && <Overlaps problem={problem} />}
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
