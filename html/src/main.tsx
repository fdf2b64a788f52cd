/*
 * Start: language, theme, session, then the frame with the page in it.
 */

import { render } from "preact";
import { App } from "./app";
import { setIdentityHook } from "./api/client";
import { loadLanguage, preferredLang } from "./i18n";
import { startFocus } from "./lib/focus";
import { startTheme } from "./lib/theme";
import { startRouter } from "./router";
import { getState, setState } from "./store/store";

async function start(): Promise<void> {
  startTheme();
  startFocus();
  startRouter();
  setIdentityHook((signedIn) => {
    const { session, signedOut } = getState();
    /* without a session yet, the page itself says so */
    if (session !== null && signedOut === signedIn) {
      setState({ signedOut: !signedIn });
    }
  });
  await loadLanguage(preferredLang());
  render(<App />, document.getElementById("app")!);
}

void start();
