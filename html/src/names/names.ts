/*
 * What people call the regions and services that providers name in terms of
 * their own.  Figures and addresses keep the provider's term; this stands
 * beside it.
 */

import { KOREAN } from "../i18n/places_ko";
import { REGIONS } from "./regions";
import { SERVICES } from "./services";

/* As it differs from the term by more than spaces and capitals. */
function differs(name: string, term: string): boolean {
  const bare = (text: string) => text.replace(/[\s-]/g, "").toLowerCase();

  return bare(name) !== bare(term);
}

/*
 * In all of these clouds: "Jakarta / Kuala Lumpur" where they mean different
 * places by a term.  null: nothing is known, or nothing that says more.
 */
export function displayName(
  dimension: "region" | "service",
  term: string,
  clouds: Iterable<string>,
  lang: string,
): string | null {
  const tables = dimension === "region" ? REGIONS : SERVICES;
  const found = new Set<string>();

  for (const cloud of clouds) {
    const table = tables[cloud];
    if (table !== undefined && Object.hasOwn(table, term)) {
      const name = table[term]!;
      found.add(lang === "ko" ? (KOREAN[name] ?? name) : name);
    }
  }

  const text = [...found].join(" / ");
  return text !== "" && differs(text, term) ? text : null;
}
