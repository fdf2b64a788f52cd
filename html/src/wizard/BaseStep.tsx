/*
 * The last step: name, project and tags.  A name that is taken is found while
 * typing.
 */

import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { ProjectChoice } from "../accounts/project";
import { ProjectPicker } from "../accounts/ProjectPicker";
import { TagsEditor } from "../accounts/TagsEditor";
import { NameField } from "../components/NameField";
import { t } from "../i18n";
import { faultText } from "../lib/faults";
import type { Texts } from "../lib/faults";
import { useSettled } from "../lib/useLoad";
import { hidden, nameFault, sameName } from "../lib/validate";
import type { TagRow } from "../lib/validate";
import type { Draft } from "./draft";

interface Props {
  draft: Draft;
  checked: boolean;
  errors: Texts;
  onName: (name: string) => void;
  onProject: (project: ProjectChoice) => void;
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

export function BaseStep(props: Props) {
  const { draft, checked, errors, onName, onProject, onTags } = props;
  const { name, tags } = draft;
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
      <fieldset class="field picker-field">
        <legend class="label">{t("wizard.project")}</legend>
        <p class="hint">{t("wizard.project.text")}</p>
        <ProjectPicker choice={draft.project} errors={errors} onChange={onProject} />
      </fieldset>
      <TagsEditor rows={tags} checked={checked} errors={errors} onChange={onTags} />
    </>
  );
}
