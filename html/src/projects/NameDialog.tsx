/*
 * Creating or renaming a project or a group.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { GroupName, ProjectName } from "../api/types";
import { Dialog } from "../components/Dialog";
import { focusFirstError } from "../components/Field";
import { NameField } from "../components/NameField";
import { ProblemView } from "../components/ProblemView";
import { t } from "../i18n";
import { groupPath } from "../lib/tree";
import { useSubmit } from "../lib/useSubmit";
import { nameFault } from "../lib/validate";
import { refreshDirectory, useDirectory } from "../store/directory";
import { toast } from "../store/store";

export type NameAction =
  | { kind: "create"; of: "project" | "group"; parent: string | null }
  | { kind: "rename"; of: "project"; what: ProjectName }
  | { kind: "rename"; of: "group"; what: GroupName };

export interface Created {
  kind: "project" | "group";
  id: string;
}

interface Props {
  action: NameAction;
  onClose: () => void;
  onDone: (created: Created) => void;
}

function save(action: NameAction, name: string, key: string): Promise<{ id: string }> {
  if (action.kind === "create") {
    return action.of === "project"
      ? api.createProject(name, action.parent, key)
      : api.createGroup(name, action.parent, key);
  }
  return action.of === "project"
    ? api.changeProject(action.what, { name })
    : api.changeGroup(action.what, { name });
}

function title(action: NameAction): string {
  if (action.kind === "rename") {
    return t("projects.rename", { name: action.what.name });
  }
  return t(action.of === "project" ? "projects.new_project" : "projects.new_group");
}

export function NameDialog({ action, onClose, onDone }: Props) {
  const [name, setName] = useState(action.kind === "rename" ? action.what.name : "");
  const submit = useSubmit();
  const directory = useDirectory();
  const path = action.kind === "create" ? groupPath(action.parent, directory) : [];

  const onSubmit = () => {
    const text = name.trim();
    const fault = nameFault(name);
    if (fault !== null) {
      submit.setFaults({ "/name": fault });
      focusFirstError();
      return;
    }
    void submit.run(async () => {
      const { id } = await save(action, text, submit.keyFor([action, text]));
      await refreshDirectory();
      toast("good", t("projects.saved", { name: text }));
      onDone({ kind: action.of, id });
    });
  };

  return (
    <Dialog
      title={title(action)}
      submit={t(action.kind === "create" ? "action.create" : "action.save")}
      busy={submit.busy}
      onClose={onClose}
      onSubmit={onSubmit}
    >
      {action.kind === "create" && (
        <p class="quiet-text">
          {path.length === 0
            ? t("projects.on_top")
            : t("projects.inside", { path: path.join(" / ") })}
        </p>
      )}
      <NameField
        label={t("table.name")}
        value={name}
        error={submit.errors["/name"]}
        onInput={(value) => {
          setName(value);
          submit.changed("/name");
        }}
      />
      {submit.general !== null && <ProblemView problem={submit.general} />}
    </Dialog>
  );
}
