/*
 * Another project for one or several accounts.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Account } from "../api/types";
import { Dialog } from "../components/Dialog";
import { focusFirstError } from "../components/Field";
import { ProblemView } from "../components/ProblemView";
import { plural, t } from "../i18n";
import { useSubmit } from "../lib/useSubmit";
import { refreshDirectory } from "../store/directory";
import { toast } from "../store/store";
import { NO_PROJECT, projectFaults, projectOf } from "./project";
import type { ProjectChoice } from "./project";
import { ProjectPicker } from "./ProjectPicker";

interface Props {
  accounts: Account[];
  onClose: () => void;
  onDone: () => void;
}

export function MoveAccounts({ accounts, onClose, onDone }: Props) {
  const [choice, setChoice] = useState<ProjectChoice>({
    ...NO_PROJECT,
    project: accounts.length === 1 ? accounts[0]!.project_id : null,
  });
  const [moved, setMoved] = useState<Set<string>>(new Set());
  const submit = useSubmit();

  const onSubmit = () => {
    const faults = projectFaults(choice);
    if (Object.keys(faults).length > 0) {
      submit.setFaults(faults);
      focusFirstError();
      return;
    }
    void submit.run(async () => {
      const project = await projectOf(choice, submit.keyFor);
      if (choice.fresh !== "") {
        setChoice({ ...NO_PROJECT, project });
      }
      /* one after the other: after a failure, only the rest is tried again */
      const done = new Set(moved);
      for (const account of accounts) {
        if (!done.has(account.id) && account.project_id !== project) {
          await api.changeAccount(account, { project_id: project });
          done.add(account.id);
          setMoved(new Set(done));
        }
      }
      await refreshDirectory().catch(() => undefined);
      toast("good", plural("accounts.moved", accounts.length));
      onDone();
    });
  };

  return (
    <Dialog
      title={t("accounts.change_project")}
      submit={t("accounts.change_project")}
      busy={submit.busy}
      onClose={onClose}
      onSubmit={onSubmit}
    >
      <p class="quiet-text">
        {accounts.length === 1
          ? accounts[0]!.name
          : plural("accounts.selected", accounts.length)}
      </p>
      <ProjectPicker
        choice={choice}
        errors={submit.errors}
        onChange={(next) => {
          setChoice(next);
          submit.changed("/project_id");
          submit.changed("/project");
        }}
      />
      {submit.general !== null && <ProblemView problem={submit.general} />}
    </Dialog>
  );
}
