/*
 * Changing an account's name and tags.  The change is a merge patch: a tag
 * that is gone has to be named with null.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Account } from "../api/types";
import { Dialog } from "../components/Dialog";
import { focusFirstError } from "../components/Field";
import { NameField } from "../components/NameField";
import { ProblemView } from "../components/ProblemView";
import { t } from "../i18n";
import { useDiscard } from "../lib/useLeaveGuard";
import { useSubmit } from "../lib/useSubmit";
import { hasTagFault, nameFault, sameTags, tagRows, tagsOf } from "../lib/validate";
import { refreshDirectory } from "../store/directory";
import { toast } from "../store/store";
import { TagsEditor } from "./TagsEditor";

interface Props {
  account: Account;
  onClose: () => void;
  onDone: () => void;
}

export function EditAccount({ account, onClose, onDone }: Props) {
  const [name, setName] = useState(account.name);
  const [rows, setRows] = useState(() => tagRows(account.tags));
  const [checked, setChecked] = useState(false);
  const submit = useSubmit();
  const close = useDiscard(
    name !== account.name || !sameTags(tagsOf(rows), account.tags),
    onClose,
  );

  const onSubmit = () => {
    const fault = nameFault(name);
    setChecked(true);
    if (fault !== null || hasTagFault(rows)) {
      submit.setFaults(fault === null ? {} : { "/name": fault });
      focusFirstError();
      return;
    }
    const tags = tagsOf(rows);
    const gone = Object.keys(account.tags).filter((key) => !(key in tags));
    void submit.run(async () => {
      await api.changeAccount(account, {
        name: name.trim(),
        tags: { ...Object.fromEntries(gone.map((key) => [key, null])), ...tags },
      });
      await refreshDirectory().catch(() => undefined);
      toast("good", t("accounts.saved"));
      onDone();
    });
  };

  return (
    <Dialog
      title={t("accounts.edit")}
      submit={t("action.save")}
      busy={submit.busy}
      onClose={close}
      onSubmit={onSubmit}
    >
      <NameField
        label={t("table.name")}
        value={name}
        error={submit.errors["/name"]}
        onInput={(value) => {
          setName(value);
          submit.changed("/name");
        }}
      />
      <TagsEditor rows={rows} checked={checked} errors={submit.errors} onChange={setRows} />
      {submit.general !== null && <ProblemView problem={submit.general} />}
    </Dialog>
  );
}
