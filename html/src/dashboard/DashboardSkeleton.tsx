/*
 * A dashboard on its way, in the size of the one to come.  When that takes
 * longer than a moment, how far it is stands where the chart will be.
 */

import { serverNow } from "../api/client";
import { ProgressBar } from "../components/ProgressBar";
import { SkeletonBox, SkeletonLines, Waiting } from "../components/Skeleton";
import { t } from "../i18n";
import { monthsOf, useProgress } from "../lib/useProgress";
import { FiguresSkeleton } from "./Figures";

interface Props {
  figures: number;
  project?: string;
}

export function DashboardSkeleton({ figures, project }: Props) {
  const progress = useProgress(
    monthsOf(serverNow()).map((query) => ({ ...query, project })),
  );

  return (
    <>
      <Waiting progress={progress} />
      <FiguresSkeleton count={figures} />
      <div class="card">
        <div aria-hidden="true">
          <SkeletonLines count={1} />
        </div>
        <div class="chart-place">
          <SkeletonBox kind="chart" />
          {progress !== null && (
            <ProgressBar label={t("progress.lookups")} {...progress} />
          )}
        </div>
      </div>
      <div class="grid-2" aria-hidden="true">
        {Array.from({ length: 2 }, (_, index) => (
          <div key={index} class="card">
            <SkeletonLines count={8} />
          </div>
        ))}
      </div>
    </>
  );
}
