/*
 * The choice of a project: search, tree, or the name of a new one, which is
 * made when the choice is used; and a new group in place.
 */

import { useRef, useState } from "preact/hooks";
import { Field, FieldError } from "../components/Field";
import { Icon } from "../components/Icon";
import { ProblemView } from "../components/ProblemView";
import { SkeletonLines } from "../components/Skeleton";
import { Tree } from "../components/Tree";
import { t, useLang } from "../i18n";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import { faultText } from "../lib/faults";
import type { Texts } from "../lib/faults";
import { buildTree, filterTree, groupPath } from "../lib/tree";
import { hidden } from "../lib/validate";
import { refreshDirectory, useDirectory } from "../store/directory";
import { CreateInPlace } from "./CreateInPlace";
import type { ProjectChoice } from "./project";
import { useId } from "../lib/useId";

function typedFault(name: string): string | undefined {
  return hidden(name) ? faultText("hidden") : undefined;
}

interface Props {
  choice: ProjectChoice;
  errors: Texts;
  onChange: (choice: ProjectChoice) => void;
}

export function ProjectPicker({ choice, errors, onChange }: Props) {
  const selected = choice.fresh === "" ? choice.project : null;
  const error = errors["/project_id"];
  /* a row is gone to and chosen in one go, before anything is drawn anew */
  const latest = useRef(choice);
  latest.current = choice;
  const change = (part: Partial<ProjectChoice>) => {
    latest.current = { ...latest.current, ...part };
    onChange(latest.current);
  };
  const onSelect = (project: string) => change({ project, fresh: "" });
  const id = useId();
  const lang = useLang();
  const directory = useDirectory();
  const [search, setSearch] = useState("");
  const { group } = choice;
  const setGroup = (next: string | null) => change({ group: next });
  const [made, setMade] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const reload = async () => {
    try {
      await refreshDirectory();
      setProblem(null);
    } catch (cause) {
      setProblem(asProblem(cause));
    }
  };

  if (directory === null) {
    return <SkeletonLines count={6} />;
  }

  const tree = buildTree(directory.groups.values(), directory.projects.values(), lang);
  const found = filterTree(tree, search);
  const path = groupPath(group, directory);
  const chosen = selected === null ? undefined : directory.projects.get(selected);

  return (
    <div class="picker">
      <div class="picker-tools">
        <label class="search">
          <span class="sr">{t("picker.search")}</span>
          <Icon name="search" />
          <input
            class="input"
            type="search"
            placeholder={t("picker.search")}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
            /* a search is not the end of the form that it stands in */
            onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
          />
        </label>
        <button
          type="button"
          class="button square"
          aria-label={t("picker.reload")}
          title={t("picker.reload")}
          onClick={() => void reload()}
        >
          <Icon name="refresh" />
        </button>
      </div>
      {problem !== null && <ProblemView problem={problem} />}
      {error !== undefined && <FieldError id={`${id}-error`} text={error} />}
      {found.length === 0 ? (
        <p class="quiet-text tree-none" tabIndex={-1} aria-invalid={error !== undefined}>
          {t(tree.length === 0 ? "picker.none" : "picker.no_match")}
        </p>
      ) : (
        <Tree
          label={t("picker.label")}
          nodes={found}
          selected={selected}
          made={made}
          openAll={search !== "" || directory.projects.size <= 30}
          invalid={error !== undefined}
          describedBy={error === undefined ? undefined : `${id}-error`}
          onSelect={onSelect}
          onFocusGroup={(next) => next !== group && setGroup(next)}
        />
      )}
      <div class="picker-new">
        <Field
          label={t("picker.new")}
          pointer="/project/name"
          error={errors["/project/name"] ?? typedFault(choice.fresh)}
          hint={
            path.length === 0
              ? t("projects.on_top")
              : t("projects.inside", { path: path.join(" / ") })
          }
        >
          {(control) => (
            <input
              {...control}
              class="input"
              type="text"
              autocomplete="off"
              maxLength={200}
              value={choice.fresh}
              onInput={(event) => change({ fresh: event.currentTarget.value })}
            />
          )}
        </Field>
        <CreateInPlace
          group={group === null ? null : (directory.groups.get(group) ?? null)}
          onGroup={(id) => {
            setMade(id);
            setGroup(id);
          }}
        />
      </div>
      <p class="picked" aria-live="polite">
        {choice.fresh.trim() !== ""
          ? t("picker.fresh", { name: choice.fresh.trim() })
          : chosen === undefined
            ? t("picker.nothing")
            : t("picker.chosen", { name: chosen.name })}
      </p>
    </div>
  );
}
