/*
 * Moving a project or a group into another group, or to the top.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { ProblemView } from "../components/ProblemView";
import { t, useLang } from "../i18n";
import { below, groupPath } from "../lib/tree";
import type { TreeNode } from "../lib/tree";
import { useSubmit } from "../lib/useSubmit";
import { refreshDirectory, useDirectory } from "../store/directory";
import { toast } from "../store/store";

interface Props {
  node: TreeNode;
  onClose: () => void;
}

const TOP = "";

export function MoveDialog({ node, onClose }: Props) {
  const lang = useLang();
  const directory = useDirectory();
  const submit = useSubmit();
  const now = node.kind === "group" ? node.group.parent_id : node.project.group_id;
  const [target, setTarget] = useState(now ?? TOP);
  const groups = [...(directory?.groups.values() ?? [])];
  const closed = node.kind === "group" ? below(node.id, groups) : new Set<string>();
  const options = groups
    .filter((group) => !closed.has(group.id))
    .map((group) => ({
      id: group.id,
      path: groupPath(group.id, directory).join(" / "),
    }))
    .sort((one, other) => one.path.localeCompare(other.path, lang));

  const onSubmit = () =>
    void submit.run(async () => {
      const id = target === TOP ? null : target;
      await (node.kind === "group"
        ? api.changeGroup(node.group, { parent_id: id })
        : api.changeProject(node.project, { group_id: id }));
      await refreshDirectory();
      toast("good", t("projects.moved", { name: node.name }));
      onClose();
    });

  return (
    <Dialog
      title={t("projects.move", { name: node.name })}
      submit={t("projects.move_action")}
      busy={submit.busy}
      disabled={target === (now ?? TOP)}
      onClose={onClose}
      onSubmit={onSubmit}
    >
      <Field
        label={t("projects.target")}
        pointer={node.kind === "group" ? "/parent_id" : "/group_id"}
        error={submit.errors["/parent_id"] ?? submit.errors["/group_id"]}
      >
        {(control) => (
          <select
            {...control}
            class="select"
            value={target}
            onChange={(event) => setTarget(event.currentTarget.value)}
          >
            <option value={TOP}>{t("projects.top")}</option>
            {options.map(({ id, path }) => (
              <option key={id} value={id}>
                {path}
              </option>
            ))}
          </select>
        )}
      </Field>
      {submit.problem !== null && <ProblemView problem={submit.problem} />}
    </Dialog>
  );
}
