/*
 * Start: language, theme, session, then the frame with the page in it.
 */

import { render } from "preact";
import { App } from "./app";
import { setUnauthenticatedHook } from "./api/client";
import { loadLanguage, preferredLang } from "./i18n";
import { startTheme } from "./lib/theme";
import { startRouter } from "./router";
import { setState } from "./store/store";

async function start(): Promise<void> {
  startTheme();
  startRouter();
  setUnauthenticatedHook(() => setState({ signedOut: true }));
  await loadLanguage(preferredLang());
  render(<App />, document.getElementById("app")!);
}

void start();
