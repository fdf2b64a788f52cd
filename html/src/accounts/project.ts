/*
 * A project for an account: one that is there, or a new one by its name, which
 * is made when it is needed.
 */

import { api } from "../api/endpoints";
import { asProblem, Problem } from "../api/problem";
import { nameFault } from "../lib/validate";
import type { Faults } from "../lib/validate";

export interface ProjectChoice {
  project: string | null;
  /* name of a new one; it goes before the other */
  fresh: string;
  /* where a new one stands */
  group: string | null;
}

export const NO_PROJECT: ProjectChoice = { project: null, fresh: "", group: null };

export function projectFaults({ project, fresh }: ProjectChoice): Faults {
  if (fresh.trim() !== "") {
    const fault = nameFault(fresh);
    return fault === null ? {} : { "/project/name": fault };
  }
  return project === null ? { "/project_id": "required" } : {};
}

/* What is wrong with it, told where its name is entered. */
function below(problem: Problem): Problem {
  const { status, code, detail, requestId, errors, retryAfter } = problem;
  const moved = errors.map((error) => ({
    ...error,
    pointer: error.pointer === "/name" ? "/project/name" : "/project_id",
  }));

  return new Problem(
    { title: detail, status, code, request_id: requestId ?? "", errors: moved },
    retryAfter,
  );
}

export async function projectOf(
  { project, fresh, group }: ProjectChoice,
  keyFor: (body: unknown) => string,
): Promise<string> {
  const name = fresh.trim();

  if (name === "") {
    return project!;
  }
  try {
    return (await api.createProject(name, group, keyFor(["project", name, group]))).id;
  } catch (cause) {
    throw below(asProblem(cause));
  }
}
