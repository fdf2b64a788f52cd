/*
 * The state of an account or of its data: a mark and a word, never a colour
 * alone.
 */

import type { Account, AccountState, DataState } from "../api/types";
import { t } from "../i18n";
import { Icon } from "./Icon";
import type { IconName } from "./Icon";

type Tone = "good" | "bad" | "warn" | "plain";

const MARKS: Record<AccountState | DataState, { tone: Tone; icon: IconName }> = {
  ok: { tone: "good", icon: "check" },
  fresh: { tone: "good", icon: "check" },
  stale: { tone: "warn", icon: "clock" },
  failed: { tone: "bad", icon: "warning" },
  rejected: { tone: "bad", icon: "warning" },
  unreachable: { tone: "warn", icon: "clock" },
  unverified: { tone: "plain", icon: "info" },
  disabled: { tone: "plain", icon: "info" },
};

/* Why it is so, in a sentence. */
export function statusReason({ state, reason }: Pick<Account, "state" | "reason">): string {
  return reason === null ? t(`state_text.${state}`) : t(`why.${reason.code}`);
}

export function Status({ state }: { state: AccountState | DataState }) {
  const { tone, icon } = MARKS[state];

  return (
    <span class={`status ${tone}`} data-state={state}>
      <Icon name={icon} />
      {t(`status.${state}`)}
    </span>
  );
}
