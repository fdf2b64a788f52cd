/*
 * A new project or group, made where it is needed.
 */

import { useState } from "preact/hooks";
import type { Group } from "../api/types";
import { Icon } from "../components/Icon";
import { t } from "../i18n";
import { NameDialog } from "../projects/NameDialog";
import type { Created } from "../projects/NameDialog";

interface Props {
  group: Group | null;
  onProject: (project: string) => void;
  /* the next one is made in it */
  onGroup: (group: string) => void;
}

export function CreateInPlace({ group, onProject, onGroup }: Props) {
  const [kind, setKind] = useState<"project" | "group" | null>(null);

  const done = (created: Created) => {
    setKind(null);
    if (created.kind === "project") {
      onProject(created.id);
    } else {
      onGroup(created.id);
    }
  };

  return (
    <div class="row">
      <button type="button" class="button" onClick={() => setKind("project")}>
        <Icon name="plus" />
        {t("projects.new_project")}
      </button>
      <button type="button" class="button" onClick={() => setKind("group")}>
        <Icon name="plus" />
        {t("projects.new_group")}
      </button>
      {kind !== null && (
        <NameDialog
          action={{ kind: "create", of: kind, parent: group?.id ?? null }}
          onClose={() => setKind(null)}
          onDone={done}
        />
      )}
    </div>
  );
}
