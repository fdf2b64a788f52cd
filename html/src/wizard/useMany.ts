/*
 * Many accounts: each row is tested, one after the other; then all of them are
 * added, or none: if one is refused after all, those before it are taken back.
 */

import { useRef, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import type { Account, Overlap, Provider } from "../api/types";
import { serverFaults, textsOf } from "../lib/faults";
import { groupPath } from "../lib/tree";
import { sameName } from "../lib/validate";
import { ensureDirectory, refreshDirectory } from "../store/directory";
import { getState } from "../store/store";
import type { Directory } from "../store/directory";
import { problemText } from "../components/ProblemView";
import { maybe } from "../i18n";
import { uuid } from "../lib/uuid";
import { proposeName } from "./propose";
import { credentialsOf, rowFaults } from "./rows";
import type { RowInput } from "./rows";

export type RowState =
  | { kind: "waiting" }
  | { kind: "testing" }
  | { kind: "good"; linked: number }
  | { kind: "overlap"; overlap: Overlap[] }
  | { kind: "twice"; line: number }
  | { kind: "faults"; texts: [string, string][] }
  | { kind: "bad"; text: string }
  | { kind: "saving" }
  | { kind: "saved"; id: string }
  | { kind: "undone" };

export interface ManyRow {
  input: RowInput;
  provider: Provider | undefined;
  name: string;
  /* id of one that is there, or the name of a new one */
  project: { id: string | null; name: string } | null;
  state: RowState;
}

export type Phase = "ready" | "testing" | "tested" | "saving" | "saved";

const PAUSES = 20; /* that a busy server is waited for */

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function textOf(problem: Problem): string {
  const why = problem.reason === null ? null : maybe(`why.${problem.reason.code}`);
  return why ?? problemText(problem);
}

export function stateOf(problem: Problem): RowState {
  const texts = Object.entries(textsOf(serverFaults(problem)));

  return problem.code === "overlap" || texts.length === 0
    ? { kind: "bad", text: textOf(problem) }
    : { kind: "faults", texts };
}

/* Which project a row means; null: several are called so. */
export function findProject(
  text: string,
  directory: Directory | null,
): { id: string | null; name: string } | null {
  const all = [...(directory?.projects.values() ?? [])];
  const path = (group: string | null, name: string) =>
    [...groupPath(group, directory), name].join("/");
  const wanted = text.split("/").map((one) => one.trim()).join("/");
  const found = all.filter(
    (one) =>
      one.id === text ||
      sameName(one.name, text) ||
      sameName(path(one.group_id, one.name), wanted),
  );

  if (found.length > 1) {
    return null;
  }
  return found.length === 1
    ? { id: found[0]!.id, name: found[0]!.name }
    : { id: null, name: text };
}

/* Asked again after a pause where the server wants one. */
async function patient<T>(work: () => Promise<T>, stopped: () => boolean): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await work();
    } catch (cause) {
      const problem = asProblem(cause);
      if (problem.code !== "too_many_requests" || n >= PAUSES || stopped()) {
        throw cause;
      }
      await sleep(Math.min(problem.retryAfter ?? 5, 60) * 1000);
    }
  }
}

export function useMany(providers: Provider[]) {
  const [rows, setRows] = useState<ManyRow[]>([]);
  const [phase, setPhase] = useState<Phase>("ready");
  const run = useRef(0);

  const reset = () => {
    run.current++;
    setRows([]);
    setPhase("ready");
  };

  const leaveOut = () => {
    const left = rows.filter(({ state }) => state.kind === "good");
    setRows(left);
    setPhase(left.length === 0 ? "ready" : "tested");
  };

  const test = async (inputs: RowInput[], usual: string | null) => {
    const mine = ++run.current;
    const stopped = () => run.current !== mine;
    await ensureDirectory();
    const { directory } = getState();
    const alone = providers.length === 1 ? providers[0] : undefined;
    const list = inputs.map((input): ManyRow => {
      const provider =
        providers.find(({ id }) => id === input.provider) ??
        (input.provider === "" ? alone : undefined);
      const text = input.project === "" ? usual : input.project;
      const project = text === null || text === "" ? null : findProject(text, directory);
      return { input, provider, name: input.name, project, state: { kind: "waiting" } };
    });
    const taken = [...(directory?.accounts.values() ?? [])].map(({ name }) => name);
    const owners = new Map<string, number>();
    const show = (row: ManyRow, state: RowState) => {
      row.state = state;
      if (!stopped()) {
        setRows([...list]);
      }
    };

    setPhase("testing");
    setRows([...list]);
    for (const row of list) {
      if (stopped()) {
        return;
      }
      show(row, { kind: "testing" });
      show(row, await testRow(row, inputs, taken, owners, stopped));
      if (row.name === "" && row.state.kind === "good") {
        row.name = row.input.name;
      }
      taken.push(row.name);
    }
    if (!stopped()) {
      setPhase("tested");
    }
  };

  const save = async () => {
    const mine = ++run.current;
    const list = rows.map((row) => ({ ...row }));
    const made: { row: ManyRow; account: Account }[] = [];
    const projects = new Map<string, string>();
    const show = (row: ManyRow, state: RowState) => {
      row.state = state;
      if (run.current === mine) {
        setRows([...list]);
      }
    };

    setPhase("saving");
    try {
      for (const row of list) {
        show(row, { kind: "saving" });
        try {
          const id = await projectFor(row, projects);
          const account = await patient(
            () => api.createAccount(bodyOf(row, id), uuid(), false),
            () => false,
          );
          made.push({ row, account });
          show(row, { kind: "saved", id: account.id });
        } catch (cause) {
          show(row, stateOf(asProblem(cause)));
          throw cause;
        }
      }
      setPhase("saved");
    } catch {
      await undo(made, projects, show);
      for (const row of list.filter(({ state }) => state.kind === "good")) {
        show(row, { kind: "undone" });
      }
      setPhase("tested");
    }
    await refreshDirectory().catch(() => undefined);
  };

  return { rows, phase, test, save, reset, leaveOut };
}

async function testRow(
  row: ManyRow,
  inputs: RowInput[],
  taken: string[],
  owners: Map<string, number>,
  stopped: () => boolean,
): Promise<RowState> {
  const { input, provider } = row;
  const known = taken.some((name) => input.name !== "" && sameName(name, input.name));
  const faults = {
    ...rowFaults(input, provider, inputs),
    ...(known ? { "/name": "duplicate" } : {}),
    ...(row.project === null
      ? { "/project": input.project === "" ? "required" : "ambiguous" }
      : {}),
  };

  if (provider === undefined || Object.keys(faults).length > 0) {
    return { kind: "faults", texts: Object.entries(textsOf(faults)) };
  }
  try {
    const { linked_accounts: linked, overlap } = await patient(
      () => api.verify(provider.id, credentialsOf(input, provider)),
      stopped,
    );
    if (overlap !== undefined && overlap.length > 0) {
      return { kind: "overlap", overlap };
    }
    const twice = linked
      .map((id) => owners.get(`${provider.cloud}/${id.toLowerCase()}`))
      .find((line) => line !== undefined);
    if (twice !== undefined) {
      return { kind: "twice", line: twice };
    }
    for (const id of linked) {
      owners.set(`${provider.cloud}/${id.toLowerCase()}`, input.line);
    }
    if (linked.length === 0) {
      return { kind: "bad", text: maybe("verify.empty") ?? "" };
    }
    if (row.name === "") {
      row.name = proposeName(provider.name, linked, [
        ...taken,
        ...inputs.map(({ name }) => name),
      ]);
    }
    return { kind: "good", linked: linked.length };
  } catch (cause) {
    return stateOf(asProblem(cause));
  }
}

function bodyOf(row: ManyRow, project: string) {
  const provider = row.provider!;

  return {
    name: row.name.trim(),
    provider: provider.id,
    project_id: project,
    tags: row.input.tags,
    credentials: credentialsOf(row.input, provider),
  };
}

/* New ones are made once, whichever row names them first. */
async function projectFor(row: ManyRow, made: Map<string, string>): Promise<string> {
  const { id, name } = row.project!;
  const key = name.trim().normalize("NFC").toLowerCase();

  if (id !== null) {
    return id;
  }
  const before = made.get(key);
  if (before !== undefined) {
    return before;
  }
  const project = await api.createProject(name.trim(), null, uuid());
  made.set(key, project.id);
  return project.id;
}

/* Newest first; what cannot be taken back is shown to be there. */
async function undo(
  made: { row: ManyRow; account: Account }[],
  projects: Map<string, string>,
  show: (row: ManyRow, state: RowState) => void,
): Promise<void> {
  for (const { row, account } of [...made].reverse()) {
    try {
      await api.deleteAccount(account);
      show(row, { kind: "undone" });
    } catch {
      /* it stays "saved", with its link */
    }
  }
  for (const id of projects.values()) {
    await api
      .project(id)
      .then((project) => (project.accounts === 0 ? api.deleteProject(project) : undefined))
      .catch(() => undefined);
  }
}
