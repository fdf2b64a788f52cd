/*
 * Texts: one catalogue per language, loaded when it is the one in use.
 */

import { part } from "../lib/part";
import { getState, setState, useStore } from "../store/store";
import type { en } from "./en";

export type Lang = "en" | "ko";
export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
export type Values = Record<string, string | number>;

const loaders: Record<Lang, () => Promise<Catalogue>> = {
  en: async () => (await part(import("./en"))).en,
  ko: async () => (await part(import("./ko"))).ko,
};

let catalogue: Catalogue | null = null;

export function preferredLang(): Lang {
  const remembered = document.documentElement.lang;
  let stored: string | null = null;

  try {
    stored = localStorage.getItem("billing.lang");
  } catch {
    /* storage may be forbidden: the browser's languages decide */
  }
  if (stored === remembered && (stored === "ko" || stored === "en")) {
    return stored;
  }
  for (const tag of navigator.languages) {
    const lang = tag.slice(0, 2).toLowerCase();
    if (lang === "ko" || lang === "en") {
      return lang;
    }
  }
  return "en";
}

export async function loadLanguage(lang: Lang): Promise<void> {
  catalogue = await loaders[lang]();
  document.documentElement.lang = lang;
  setState({ lang });
}

export function rememberLanguage(lang: Lang): void {
  try {
    localStorage.setItem("billing.lang", lang);
  } catch {
    /* storage may be forbidden: then the choice holds for this page */
  }
}

export function t(key: Key, values: Values = {}): string {
  const text = catalogue?.[key] ?? key;

  return text.replace(/\{(\w+)\}/g, (mark, name: string) => {
    const value = values[name];
    if (value === undefined) {
      return mark;
    }
    return typeof value === "number" ? number(value) : value;
  });
}

/* The text of an open set, such as the server's codes: null when unknown. */
export function maybe(key: string, values: Values = {}): string | null {
  return catalogue !== null && key in catalogue ? t(key as Key, values) : null;
}

type PluralKey = Key extends infer K
  ? K extends `${infer Stem}.other`
    ? Stem
    : never
  : never;

/* "1 account", "2 accounts": picks stem.one or stem.other. */
export function plural(stem: PluralKey, n: number, values: Values = {}): string {
  const form = new Intl.PluralRules(getState().lang).select(n);
  const key = `${stem}.${form === "one" ? "one" : "other"}` as Key;

  return t(key, { n, ...values });
}

export function number(value: number): string {
  return new Intl.NumberFormat(getState().lang).format(value);
}

export function useLang(): Lang {
  return useStore((state) => state.lang);
}
