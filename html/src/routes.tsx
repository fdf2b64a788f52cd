/*
 * Which page an address shows.  Each page is a chunk of its own.
 */

import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemView } from "./components/ProblemView";
import { asProblem } from "./api/problem";
import type { Problem } from "./api/problem";
import { useLocation } from "./router";
import { setState } from "./store/store";

export interface PageProps {
  /* the parts that the pattern captured */
  id: string;
}

type PageType = ComponentType<PageProps>;

const ROUTES: [RegExp, () => Promise<PageType>][] = [
  [/^$/, async () => (await import("./pages/Dashboard")).Dashboard],
  [/^costs$/, async () => (await import("./pages/Costs")).Costs],
  [/^projects$/, async () => (await import("./pages/Projects")).Projects],
  [
    /^projects\/([^/]+)$/,
    async () => (await import("./pages/ProjectDashboard")).ProjectDashboard,
  ],
  [/^service-accounts$/, async () => (await import("./pages/Accounts")).Accounts],
  [/^service-accounts\/new$/, async () => (await import("./pages/Wizard")).Wizard],
  [
    /^service-accounts\/([^/]+)$/,
    async () => (await import("./pages/AccountDetail")).AccountDetail,
  ],
  [/^providers$/, async () => (await import("./pages/Providers")).Providers],
];

const missing = async () => (await import("./pages/Missing")).Missing;

interface Shown {
  path: string;
  page: PageType;
  id: string;
}

/* After a change of page, reading starts at its heading. */
function useHeadingFocus(path: string | undefined): void {
  const first = useRef(true);

  useEffect(() => {
    if (path === undefined) {
      return;
    }
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [path]);
}

export function Outlet() {
  const { path } = useLocation();
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    let current = true;
    const route = ROUTES.find(([pattern]) => pattern.test(path));
    const id = route?.[0].exec(path)?.[1] ?? "";

    setProblem(null);
    (route?.[1] ?? missing)().then(
      (page) => {
        if (current) {
          setShown({ path, page, id });
          setState({ ready: true });
        }
      },
      (cause: unknown) => current && setProblem(asProblem(cause)),
    );
    return () => {
      current = false;
    };
  }, [path]);
  useHeadingFocus(shown?.path);

  if (problem !== null) {
    return <ProblemView problem={problem} retry={() => window.location.reload()} />;
  }
  if (shown === null) {
    return null;
  }
  return <shown.page key={shown.path} id={shown.id} />;
}
