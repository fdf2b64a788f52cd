/*
 * An id that no other element has.  Preact's own counts anew in each root,
 * and a question (components/Ask) is a root beside the app's.
 */

import { useState } from "preact/hooks";

let last = 0;

export function useId(): string {
  return useState(() => `id-${++last}`)[0];
}
