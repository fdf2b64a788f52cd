/*
 * Faults as texts: our own codes and the server's errors in one map by JSON
 * pointer.
 */

import type { Problem } from "../api/problem";
import { maybe, t } from "../i18n";
import type { Faults } from "./validate";

/* Text by JSON pointer. */
export type Texts = Record<string, string>;

export function faultText(code: string): string {
  return maybe(`fault.${code}`) ?? code;
}

export function textsOf(faults: Faults): Texts {
  return Object.fromEntries(
    Object.entries(faults).map(([pointer, code]) => [pointer, faultText(code)]),
  );
}

export function serverTexts(problem: Problem): Texts {
  const texts: Texts = {};

  for (const { pointer, code, message } of problem.errors) {
    /* of names, "duplicate" means taken; of linked accounts, read twice */
    const known =
      problem.code === "overlap" ? t("fault.overlap") : maybe(`fault.${code}`);
    texts[pointer] ??= known ?? message;
  }
  return texts;
}

/* Without the entries at or below a pointer: its field has been changed. */
export function without(texts: Texts, pointer: string): Texts {
  return Object.fromEntries(
    Object.entries(texts).filter(
      ([key]) => key !== pointer && !key.startsWith(`${pointer}/`),
    ),
  );
}
