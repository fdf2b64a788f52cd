/*
 * Step 2: name and tags.  A name that is taken is found while typing.
 */

import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { TagsEditor } from "../accounts/TagsEditor";
import { NameField } from "../components/NameField";
import { t } from "../i18n";
import { faultText } from "../lib/faults";
import type { Texts } from "../lib/faults";
import { useSettled } from "../lib/useLoad";
import { hidden, nameFault, sameName } from "../lib/validate";
import type { TagRow } from "../lib/validate";

interface Props {
  name: string;
  tags: TagRow[];
  checked: boolean;
  errors: Texts;
  onName: (name: string) => void;
  onTags: (tags: TagRow[]) => void;
}

/* Only a hint: the server decides when it is saved. */
function useTaken(name: string): boolean {
  const settled = useSettled(name, 300);
  const [taken, setTaken] = useState<string | null>(null);

  useEffect(() => {
    const abort = new AbortController();

    if (nameFault(settled) === null) {
      api.accounts({ q: settled.trim(), limit: 100 }, abort.signal).then(
        ({ service_accounts }) => {
          const found = service_accounts.some((one) => sameName(one.name, settled));
          setTaken(found ? settled : null);
        },
        () => undefined,
      );
    }
    return () => abort.abort();
  }, [settled]);

  return taken !== null && sameName(taken, name);
}

export function BaseStep({ name, tags, checked, errors, onName, onTags }: Props) {
  const taken = useTaken(name);
  const short = [...name.trim()].length === 1 ? faultText("length") : undefined;
  const typed = hidden(name) ? faultText("hidden") : short;

  return (
    <>
      <NameField
        label={t("wizard.name")}
        value={name}
        error={errors["/name"] ?? (taken ? faultText("duplicate") : typed)}
        onInput={onName}
      />
      <TagsEditor rows={tags} checked={checked} errors={errors} onChange={onTags} />
    </>
  );
}
