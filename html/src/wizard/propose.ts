/*
 * A name for an account, from what its credentials have been found to hold.
 */

import { hidden, sameName } from "../lib/validate";

const MOST = 64;

/* "Hyper Billing 123456789012 +2": unlike others', as linked accounts are. */
export function proposeName(
  provider: string,
  linked: string[],
  taken: Iterable<string>,
): string {
  const [first] = linked;

  if (first === undefined) {
    return "";
  }
  /* of what lies within something, the last part is its own */
  const id = hidden(first) ? "" : first.slice(first.lastIndexOf("/") + 1);
  const rest = linked.length > 1 ? ` +${linked.length - 1}` : "";
  const names = [...taken];
  const fit = (end: string) =>
    `${[...`${provider} ${id}`.trim()].slice(0, MOST - end.length).join("")}${end}`;

  for (let n = 1; n < 100; n++) {
    const name = fit(n === 1 ? rest : `${rest} (${n})`);
    if (!names.some((one) => sameName(one, name))) {
      return name;
    }
  }
  return "";
}
