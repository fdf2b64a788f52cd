/*
 * Projects and their groups.
 */

import { useEffect, useState } from "preact/hooks";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import { useThisMonth } from "../accounts/useThisMonth";
import { Icon } from "../components/Icon";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { SearchField } from "../components/SearchField";
import { SkeletonLines, Waiting } from "../components/Skeleton";
import { t, useLang } from "../i18n";
import { buildTree, filterTree } from "../lib/tree";
import { DeleteDialog } from "../projects/DeleteDialog";
import { MoveDialog } from "../projects/MoveDialog";
import { NameDialog } from "../projects/NameDialog";
import type { NameAction } from "../projects/NameDialog";
import { ProjectTree } from "../projects/ProjectTree";
import type { Action } from "../projects/ProjectTree";
import { setQuery, useLocation } from "../router";
import { refreshDirectory } from "../store/directory";
import type { Directory } from "../store/directory";
import { useAdmin, useStore } from "../store/store";

type Open = Action | { kind: "new"; of: "project" | "group"; parent: null };

function nameAction(action: Open): NameAction | null {
  if (action.kind === "new") {
    return { kind: "create", of: action.of, parent: action.parent };
  }
  if (action.kind !== "rename") {
    return null;
  }
  return action.node.kind === "group"
    ? { kind: "rename", of: "group", what: action.node.group }
    : { kind: "rename", of: "project", what: action.node.project };
}

function Dialogs({ action, close }: { action: Open | null; close: () => void }) {
  if (action === null) {
    return null;
  }
  if (action.kind === "move") {
    return <MoveDialog node={action.node} onClose={close} />;
  }
  if (action.kind === "delete") {
    return <DeleteDialog node={action.node} onClose={close} />;
  }
  return <NameDialog action={nameAction(action)!} onClose={close} onDone={close} />;
}

function useFreshDirectory() {
  const directory = useStore((state) => state.directory);
  const [problem, setProblem] = useState<Problem | null>(null);

  const load = () => {
    setProblem(null);
    refreshDirectory().catch((cause: unknown) => setProblem(asProblem(cause)));
  };
  useEffect(load, []);

  return { directory, problem, load };
}

interface BodyProps {
  directory: Directory;
  onAction: (action: Open) => void;
}

function Body({ directory, onAction }: BodyProps) {
  const admin = useAdmin();
  const lang = useLang();
  const search = useLocation().query.get("q") ?? "";
  const month = useThisMonth("project", directory.projects.size === 0 ? null : [], (id) =>
    [...directory.accounts.values()].flatMap((account) =>
      account.project_id === id ? account.id : [],
    ),
  );
  const tree = buildTree(directory.groups.values(), directory.projects.values(), lang);
  const found = filterTree(tree, search);

  if (tree.length === 0) {
    return (
      <div class="card empty" data-testid="no-projects">
        <h2>{t("projects.none")}</h2>
        <p>{t(admin ? "projects.none_text" : "projects.none_member")}</p>
      </div>
    );
  }
  return (
    <div class="card" aria-busy={!month.settled}>
      <SearchField
        label={t("projects.search")}
        value={search}
        onChange={(q) => setQuery({ q }, { replace: true })}
      />
      {found.length === 0 ? (
        <p class="quiet-text">{t("picker.no_match")}</p>
      ) : (
        <ProjectTree nodes={found} admin={admin} month={month} onAction={onAction} />
      )}
    </div>
  );
}

export function Projects() {
  const admin = useAdmin();
  const [action, setAction] = useState<Open | null>(null);
  const { directory, problem, load } = useFreshDirectory();
  const create = (of: "project" | "group") => () =>
    setAction({ kind: "new", of, parent: null });

  return (
    <>
      <PageHead title={t("projects.title")} lead={t("projects.lead")}>
        {admin && (
          <>
            <button type="button" class="button" onClick={create("group")}>
              <Icon name="folder" />
              {t("projects.new_group")}
            </button>
            <button type="button" class="button primary" onClick={create("project")}>
              <Icon name="plus" />
              {t("projects.new_project")}
            </button>
          </>
        )}
      </PageHead>
      {problem !== null && <ProblemView problem={problem} retry={load} />}
      {directory === null && problem === null && (
        <div class="card">
          <Waiting />
          <SkeletonLines count={8} />
        </div>
      )}
      {directory !== null && <Body directory={directory} onAction={setAction} />}
      <Dialogs action={action} close={() => setAction(null)} />
    </>
  );
}
