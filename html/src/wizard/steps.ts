/*
 * The steps of the wizard, and which of them a fault belongs to.
 */

import type { CredentialsSchema } from "../api/types";
import { withScope } from "../accounts/credentials";
import { projectFaults } from "../accounts/project";
import { credentialFaults, hasTagFault, nameFault } from "../lib/validate";
import type { Faults } from "../lib/validate";
import type { Draft } from "./draft";

export const STEPS = ["provider", "credentials", "base"] as const;

export type Step = (typeof STEPS)[number];

export function stepOf(pointer: string): Step {
  if (pointer.startsWith("/credentials")) {
    return "credentials";
  }
  return pointer === "/provider" ? "provider" : "base";
}

/* What is wrong with one step; tags show their faults row by row. */
export function stepFaults(
  step: Step,
  draft: Draft,
  schema: CredentialsSchema | undefined,
): Faults {
  if (step === "provider") {
    return draft.provider === null ? { "/provider": "required" } : {};
  }
  if (step === "credentials") {
    return schema === undefined
      ? { "/provider": "required" }
      : credentialFaults(withScope(schema, draft.credentials), schema);
  }
  const name = nameFault(draft.name);
  return {
    ...(name === null ? {} : { "/name": name }),
    ...projectFaults(draft.project),
    ...(hasTagFault(draft.tags) ? { "/tags": "format" } : {}),
  };
}

/* The first step that is not complete: later ones cannot be reached yet. */
export function reachable(draft: Draft, schema: CredentialsSchema | undefined): number {
  const at = STEPS.findIndex(
    (step) => Object.keys(stepFaults(step, draft, schema)).length > 0,
  );

  return at === -1 ? STEPS.length - 1 : at;
}
