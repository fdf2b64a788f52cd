/*
 * What stands in for content on its way, in the size it will have.
 */

import { t } from "../i18n";

/* One message for screen readers, and a bar for long waits. */
export function Waiting() {
  return (
    <div class="waiting" role="status" data-testid="loading">
      <span class="sr">{t("state.loading")}</span>
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
