/*
 * Deleting a service account: only after its name has been typed.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Account } from "../api/types";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { ProblemView } from "../components/ProblemView";
import { t } from "../i18n";
import { useSubmit } from "../lib/useSubmit";
import { refreshDirectory } from "../store/directory";
import { toast } from "../store/store";

interface Props {
  account: Account;
  onClose: () => void;
  onDone: () => void;
}

export function DeleteAccount({ account, onClose, onDone }: Props) {
  const [typed, setTyped] = useState("");
  const submit = useSubmit();
  const wrong = typed !== "" && !account.name.startsWith(typed);
  const same = typed.normalize("NFC") === account.name.normalize("NFC");

  const onSubmit = () =>
    void submit.run(async () => {
      await api.deleteAccount(account);
      toast("good", t("accounts.deleted", { name: account.name }));
      await refreshDirectory().catch(() => undefined);
      onDone();
    });

  return (
    <Dialog
      title={t("accounts.delete_title")}
      tone="danger"
      submit={t("action.delete")}
      busy={submit.busy}
      disabled={!same}
      onClose={onClose}
      onSubmit={onSubmit}
    >
      <p>{t("accounts.delete_text", { name: account.name })}</p>
      <Field
        label={t("accounts.type_name", { name: account.name })}
        pointer="/confirm"
        error={wrong ? t("accounts.not_name", { name: account.name }) : null}
      >
        {(control) => (
          <input
            {...control}
            class="input"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
      {submit.problem !== null && <ProblemView problem={submit.problem} />}
    </Dialog>
  );
}
