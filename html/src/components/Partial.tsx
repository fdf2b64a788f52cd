/*
 * A figure that is without some account says so where it stands: a star for
 * eyes, and words.
 */

import { t } from "../i18n";
import type { Coverage } from "../lib/complete";

export function partialText({ read, total }: Coverage): string {
  return t("figure.partial", { read, total });
}

export function PartialMark({ of }: { of: Coverage | null }) {
  if (of === null) {
    return null;
  }
  return (
    <span class="partial-mark" title={partialText(of)}>
      <span aria-hidden="true">*</span>
      <span class="sr">{` (${partialText(of)})`}</span>
    </span>
  );
}

/* The same in words, for a whole list or chart. */
export function PartialNote({ of, testid }: { of: Coverage | null; testid?: string }) {
  if (of === null) {
    return null;
  }
  return (
    <p class="partial-note" data-testid={testid ?? "partial"}>
      <span aria-hidden="true">* </span>
      {partialText(of)}
    </p>
  );
}
