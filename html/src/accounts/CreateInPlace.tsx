/*
 * A new group, made where it is needed.
 */

import { useState } from "preact/hooks";
import type { GroupName } from "../api/types";
import { Icon } from "../components/Icon";
import { t } from "../i18n";
import { NameDialog } from "../projects/NameDialog";

interface Props {
  group: GroupName | null;
  /* the next one is made in it */
  onGroup: (group: string) => void;
}

export function CreateInPlace({ group, onGroup }: Props) {
  const [open, setOpen] = useState(false);

  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="plus" />
        {t("projects.new_group")}
      </button>
      {open && (
        <NameDialog
          action={{ kind: "create", of: "group", parent: group?.id ?? null }}
          onClose={() => setOpen(false)}
          onDone={({ id }) => {
            setOpen(false);
            onGroup(id);
          }}
        />
      )}
    </>
  );
}
