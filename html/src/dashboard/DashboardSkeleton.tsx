/*
 * A dashboard on its way, in the size of the one to come.
 */

import { SkeletonBox, SkeletonLines, Waiting } from "../components/Skeleton";
import { FiguresSkeleton } from "./Figures";

export function DashboardSkeleton({ figures }: { figures: number }) {
  return (
    <>
      <Waiting />
      <FiguresSkeleton count={figures} />
      <div class="card" aria-hidden="true">
        <SkeletonLines count={1} />
        <div class="chart-place">
          <SkeletonBox kind="chart" />
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
