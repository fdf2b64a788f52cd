/*
 * New credentials for an account.  Secrets never come back from the server,
 * so they are always entered anew.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Account, Provider } from "../api/types";
import { Dialog } from "../components/Dialog";
import { focusFirstError } from "../components/Field";
import { ProblemView } from "../components/ProblemView";
import { t } from "../i18n";
import { serverFaults } from "../lib/faults";
import { useDiscard } from "../lib/useLeaveGuard";
import { useSubmit } from "../lib/useSubmit";
import { credentialFaults, pointerPart } from "../lib/validate";
import { toast } from "../store/store";
import { CredentialsForm } from "./CredentialsForm";
import type { Values } from "./credentials";
import { TestConnection } from "./TestConnection";

interface Props {
  account: Account;
  provider: Provider;
  onClose: () => void;
  onDone: () => void;
}

function known(account: Account): Values {
  const entries = Object.entries(account.credentials);
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? ""]));
}

export function ReplaceCredentials({ account, provider, onClose, onDone }: Props) {
  const [values, setValues] = useState<Values>(() => known(account));
  const submit = useSubmit();
  const schema = provider.credentials_schema;
  const before = known(account);
  const names = Object.keys(schema.properties);
  const close = useDiscard(
    names.some((name) => (values[name] ?? "") !== (before[name] ?? "")),
    onClose,
  );

  const check = () => {
    const faults = credentialFaults(values, schema);
    submit.setFaults(faults);
    if (Object.keys(faults).length > 0) {
      focusFirstError();
      return false;
    }
    return true;
  };

  const onSubmit = () => {
    if (check()) {
      void submit.run(async () => {
        await api.changeAccount(account, { credentials: values });
        toast("good", t("accounts.saved"));
        onDone();
      });
    }
  };

  return (
    <Dialog
      title={t("accounts.replace")}
      submit={t("action.save")}
      busy={submit.busy}
      onClose={close}
      onSubmit={onSubmit}
    >
      <CredentialsForm
        schema={schema}
        values={values}
        errors={submit.errors}
        onChange={(next, changed) => {
          setValues(next);
          submit.changed(
            changed === null ? "/credentials" : `/credentials/${pointerPart(changed)}`,
          );
        }}
      />
      <TestConnection
        provider={provider.id}
        values={values}
        check={check}
        onProblem={(problem) => submit.setFaults(serverFaults(problem))}
      />
      {submit.problem !== null && <ProblemView problem={submit.problem} />}
    </Dialog>
  );
}
