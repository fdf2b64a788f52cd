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
import { enteredAt, useLocation } from "./router";

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

/* How long a page that is entered again may take to grow to its size. */
const PATIENCE = 5000;

/*
 * Goes to where the page stood when it was left, as soon as it is that long,
 * unless whoever reads it has begun to scroll.
 */
function restoreScroll(top: number): () => void {
  const end = () => {
    observer.disconnect();
    clearTimeout(timer);
    window.removeEventListener("wheel", end);
    window.removeEventListener("touchmove", end);
    window.removeEventListener("keydown", end);
  };
  const observer = new ResizeObserver(() => {
    if (document.documentElement.scrollHeight >= top + window.innerHeight) {
      end();
      window.scrollTo(0, top);
    }
  });
  const timer = setTimeout(end, PATIENCE);

  window.addEventListener("wheel", end, { passive: true });
  window.addEventListener("touchmove", end, { passive: true });
  window.addEventListener("keydown", end);
  observer.observe(document.body);
  return end;
}

/* After a change of page, reading starts at its heading. */
function useEntrance(path: string): void {
  const first = useRef(true);

  useEffect(() => {
    const top = enteredAt();

    if (!first.current) {
      window.scrollTo(0, 0);
      document
        .querySelector<HTMLElement>("main h1")
        ?.focus({ preventScroll: true });
    }
    first.current = false;
    return top > 0 ? restoreScroll(top) : undefined;
  }, [path]);
}

export function Outlet() {
  const { path } = useLocation();
  const route = ROUTES.find(([pattern]) => pattern.test(path));
  const Page = route?.[1] ?? Missing;

  useEntrance(path);
  return <Page key={path} id={route?.[0].exec(path)?.[1] ?? ""} />;
}
