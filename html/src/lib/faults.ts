/*
 * Faults as texts: our own codes and the server's errors in one map by JSON
 * pointer.  Codes are kept and texts drawn from them, so that messages follow
 * when the language is switched.
 */

import type { Problem } from "../api/problem";
import { maybe, t } from "../i18n";
import type { Faults } from "./validate";

/* Text by JSON pointer. */
export type Texts = Record<string, string>;

export function faultText(code: string): string {
  return maybe(`fault.${code}`) ?? t("fault.other");
}

export function textsOf(faults: Faults): Texts {
  return Object.fromEntries(
    Object.entries(faults).map(([pointer, code]) => [
      pointer,
      faultText(codeAt(pointer, code)),
    ]),
  );
}

/* What a code means where there is only one thing that it can mean. */
export function codeAt(pointer: string, code: string): string {
  if (code !== "format") {
    return code;
  }
  /* names and tags have no form but that all of them can be seen */
  if (/^\/(name$|tags\/)/.test(pointer)) {
    return "hidden";
  }
  return /^\/credentials\/(linked_)?account$/.test(pointer) ? "account_id" : code;
}

export function serverFaults(problem: Problem): Faults {
  const faults: Faults = {};

  for (const { pointer, code } of problem.errors) {
    /* of names, "duplicate" means taken; of linked accounts, read twice */
    const own = problem.code === "overlap" ? "overlap" : codeAt(pointer, code);
    faults[pointer] ??= maybe(`fault.${own}`) === null ? "other" : own;
  }
  return faults;
}

/* Without the entries at or below a pointer: its field has been changed. */
export function without(faults: Faults, pointer: string): Faults {
  return Object.fromEntries(
    Object.entries(faults).filter(
      ([key]) => key !== pointer && !key.startsWith(`${pointer}/`),
    ),
  );
}
