/*
 * Runs before the first paint: the remembered theme and language, so that the
 * page never flashes in the wrong one.  A classic script, hence the braces.
 */

{
  const root = document.documentElement;
  const read = (key: string): string | null => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  const theme = read("billing.theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset["theme"] =
    theme === "light" || theme === "dark" ? theme : dark ? "dark" : "light";

  const lang = read("billing.lang");
  if (lang === "ko" || lang === "en") {
    root.lang = lang;
  }
}
