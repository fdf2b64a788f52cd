/*
 * Light, dark, or as the system has it.  The document always carries the
 * resolved one, so that the style sheet needs to say each colour only twice.
 */

import { getState, setState } from "../store/store";
import type { Theme } from "../store/store";

const KEY = "billing.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const { theme } = getState();
  const resolved =
    theme === "system" ? (system.matches ? "dark" : "light") : theme;

  document.documentElement.dataset["theme"] = resolved;
}

export function startTheme(): void {
  let stored: string | null = null;

  try {
    stored = localStorage.getItem(KEY);
  } catch {
    /* storage may be forbidden: the system decides */
  }
  setState({ theme: stored === "light" || stored === "dark" ? stored : "system" });
  apply();
  system.addEventListener("change", apply);
}

export function chooseTheme(theme: Theme): void {
  setState({ theme });
  apply();
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    /* storage may be forbidden: then the choice holds for this page */
  }
}
