/*
 * Deleting a project or a group.  One that still holds something is refused
 * by the server, and the refusal is shown where it was asked for.
 */

import { api } from "../api/endpoints";
import { Dialog } from "../components/Dialog";
import { ProblemView } from "../components/ProblemView";
import { t } from "../i18n";
import type { TreeNode } from "../lib/tree";
import { useSubmit } from "../lib/useSubmit";
import { refreshDirectory } from "../store/directory";
import { toast } from "../store/store";

interface Props {
  node: TreeNode;
  onClose: () => void;
}

export function DeleteDialog({ node, onClose }: Props) {
  const submit = useSubmit();
  const full =
    node.kind === "group" ? node.children.length > 0 : node.project.accounts > 0;
  const still = t(
    node.kind === "group" ? "projects.group_full" : "projects.project_full",
  );

  const onSubmit = () =>
    void submit.run(async () => {
      await (node.kind === "group"
        ? api.deleteGroup(node.group)
        : api.deleteProject(node.project));
      await refreshDirectory();
      toast("good", t("projects.deleted", { name: node.name }));
      onClose();
    });

  return (
    <Dialog
      title={t(node.kind === "group" ? "projects.delete_group" : "projects.delete_project")}
      tone="danger"
      submit={t("action.delete")}
      busy={submit.busy}
      onClose={onClose}
      onSubmit={onSubmit}
    >
      <p>{t("projects.delete_text", { name: node.name })}</p>
      {full && submit.problem === null && <p class="quiet-text">{still}</p>}
      {submit.problem !== null && (
        <ProblemView
          problem={submit.problem}
          meaning={submit.problem.code === "conflict" ? still : undefined}
        />
      )}
    </Dialog>
  );
}
