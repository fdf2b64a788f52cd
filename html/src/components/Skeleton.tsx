/*
 * What stands in for content on its way, in the size it will have.
 */

import type { Progress } from "../api/types";
import { t } from "../i18n";

interface WaitingProps {
  /* done of total, where that is known: said at each quarter */
  progress?: Progress | null;
}

/* One message for screen readers, and a bar for long waits. */
export function Waiting({ progress = null }: WaitingProps) {
  const quarters =
    progress === null ? 0 : Math.floor((4 * progress.done) / progress.total);

  return (
    <div class="waiting" role="status" data-testid="loading">
      <span class="sr">
        {quarters === 0
          ? t("state.loading")
          : t("state.loading_percent", { percent: 25 * quarters })}
      </span>
    </div>
  );
}

export function SkeletonLines({ count }: { count: number }) {
  return (
    <div class="skeleton-lines" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <span key={index} class="skeleton" />
      ))}
    </div>
  );
}

export function SkeletonBox({ kind }: { kind: "chart" | "figure" | "table" | "page" }) {
  return <div class={`skeleton skeleton-${kind}`} aria-hidden="true" />;
}
