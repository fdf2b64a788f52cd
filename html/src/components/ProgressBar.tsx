/*
 * How much of something is done.
 */

import type { Progress } from "../api/types";
import { t } from "../i18n";
import { useId } from "../lib/useId";

interface Props extends Progress {
  label: string;
}

export function ProgressBar({ label, done, total }: Props) {
  const id = useId();

  return (
    <div class="progress" data-testid="progress">
      <p id={id}>{label}</p>
      <progress aria-labelledby={id} max={total} value={done} />
      <span aria-hidden="true">{t("progress.count", { done, total })}</span>
    </div>
  );
}
