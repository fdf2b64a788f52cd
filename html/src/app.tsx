/*
 * The frame around every page: session first, then the route's page.
 */

import { useEffect, useState } from "preact/hooks";
import { api } from "./api/endpoints";
import { asProblem } from "./api/problem";
import type { Problem } from "./api/problem";
import { Footer } from "./components/Footer";
import { ProblemView } from "./components/ProblemView";
import { Toasts } from "./components/Toasts";
import { TopBar } from "./components/TopBar";
import { t, useLang } from "./i18n";
import { Outlet } from "./routes";
import { setState, useStore } from "./store/store";

function useSession(): { problem: Problem | null; retry: () => void } {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    setProblem(null);
    api.session().then(
      (session) => setState({ session }),
      (cause: unknown) => setProblem(asProblem(cause)),
    );
  }, [attempt]);

  return { problem, retry: () => setAttempt(attempt + 1) };
}

export function App() {
  /* all below is drawn anew in another language, and keeps what was entered */
  useLang();
  const session = useStore((state) => state.session);
  const { problem, retry } = useSession();

  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={skip}>
        {t("frame.skip")}
      </a>
      <TopBar waiting={session === null && problem === null} />
      <main id="main" class="page" tabIndex={-1}>
        {session !== null && <Outlet />}
        {problem !== null && (
          <>
            <div class="page-head">
              <h1>{t("app.name")}</h1>
            </div>
            <ProblemView problem={problem} retry={retry} />
          </>
        )}
      </main>
      {(session !== null || problem !== null) && <Footer />}
      <Toasts />
    </div>
  );
}

/* A plain "#main" would lead to the base address instead of this page. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
