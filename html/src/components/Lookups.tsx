/*
 * Costs on their way, in the size that they will have.  Where that takes
 * longer than a moment, how far it is stands in their place.
 */

import type { CostsQuery } from "../api/events";
import { t } from "../i18n";
import { useProgress } from "../lib/useProgress";
import { ProgressBar } from "./ProgressBar";
import { SkeletonBox, Waiting } from "./Skeleton";

interface Props {
  kind: "chart" | "table";
  /* what is waited for */
  queries: CostsQuery[];
}

export function Lookups({ kind, queries }: Props) {
  const progress = useProgress(queries);

  return (
    <div class="lookups-place">
      <Waiting progress={progress} />
      <SkeletonBox kind={kind} />
      {progress !== null && <ProgressBar label={t("progress.lookups")} {...progress} />}
    </div>
  );
}
