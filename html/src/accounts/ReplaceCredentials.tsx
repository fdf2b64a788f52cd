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
import { scopeField, withScope, withoutUnchosen } from "./credentials";
import type { Values } from "./credentials";
import { TestConnection } from "./TestConnection";
import { useTest } from "./useTest";

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
  const schema = provider.credentials_schema;
  const [values, setValues] = useState<Values>(() => withScope(schema, known(account)));
  const submit = useSubmit();
  const test = useTest({ provider: provider.id, schema, values, own: account.id });
  const before = withScope(schema, known(account));
  const names = Object.keys(schema.properties);
  const close = useDiscard(
    names.some((name) => (values[name] ?? "") !== (before[name] ?? "")),
    onClose,
  );

  /* the one linked account is picked from what a test finds */
  const check = (testing: boolean) => {
    const scope = testing ? scopeField(schema) : null;
    const all = credentialFaults(values, schema);
    const faults = scope === null ? all : withoutUnchosen(all, scope, values, schema);
    submit.setFaults(faults);
    if (Object.keys(faults).length > 0) {
      focusFirstError();
      return false;
    }
    return true;
  };

  const onTest = async () => {
    if (!check(true)) {
      return;
    }
    const outcome = await test.run();
    if (outcome?.kind === "bad") {
      submit.setFaults(serverFaults(outcome.problem));
    }
  };

  const onSubmit = () => {
    if (check(false)) {
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
        found={test.found}
        onChange={(next, changed) => {
          setValues(next);
          submit.changed(
            changed === null ? "/credentials" : `/credentials/${pointerPart(changed)}`,
          );
        }}
      />
      <TestConnection test={test} onTest={() => void onTest()} />
      {submit.problem !== null && <ProblemView problem={submit.problem} />}
    </Dialog>
  );
}
