/*
 * Which page an address shows.  All pages are one bundle: together they are
 * smaller than the round trips that fetching them one by one would cost.
 */

import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AccountDetail } from "./pages/AccountDetail";
import { Accounts } from "./pages/Accounts";
import { Costs } from "./pages/Costs";
import { Dashboard } from "./pages/Dashboard";
import { Missing } from "./pages/Missing";
import { ProjectDashboard } from "./pages/ProjectDashboard";
import { Projects } from "./pages/Projects";
import { Providers } from "./pages/Providers";
import { Wizard } from "./pages/Wizard";
import { useLocation } from "./router";

export interface PageProps {
  /* the part that the pattern captured */
  id: string;
}

const ROUTES: [RegExp, ComponentType<PageProps>][] = [
  [/^$/, Dashboard],
  [/^costs$/, Costs],
  [/^projects$/, Projects],
  [/^projects\/([^/]+)$/, ProjectDashboard],
  [/^service-accounts$/, Accounts],
  [/^service-accounts\/new$/, Wizard],
  [/^service-accounts\/([^/]+)$/, AccountDetail],
  [/^providers$/, Providers],
];

/* After a change of page, reading starts at its heading. */
function useHeadingFocus(path: string): void {
  const first = useRef(true);

  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document
      .querySelector<HTMLElement>("main h1")
      ?.focus({ preventScroll: true });
  }, [path]);
}

export function Outlet() {
  const { path } = useLocation();
  const route = ROUTES.find(([pattern]) => pattern.test(path));
  const Page = route?.[1] ?? Missing;

  useHeadingFocus(path);
  return <Page key={path} id={route?.[0].exec(path)?.[1] ?? ""} />;
}
