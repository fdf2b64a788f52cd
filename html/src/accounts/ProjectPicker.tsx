/*
 * The choice of a project: search, tree, and a new project or group in place.
 */

import { useState } from "preact/hooks";
import { FieldError } from "../components/Field";
import { Icon } from "../components/Icon";
import { ProblemView } from "../components/ProblemView";
import { SkeletonLines } from "../components/Skeleton";
import { Tree } from "../components/Tree";
import { t, useLang } from "../i18n";
import { asProblem } from "../api/problem";
import type { Problem } from "../api/problem";
import { buildTree, filterTree } from "../lib/tree";
import { refreshDirectory, useDirectory } from "../store/directory";
import { CreateInPlace } from "./CreateInPlace";
import { useId } from "../lib/useId";

interface Props {
  selected: string | null;
  error: string | undefined;
  onSelect: (project: string) => void;
}

export function ProjectPicker({ selected, error, onSelect }: Props) {
  const id = useId();
  const lang = useLang();
  const directory = useDirectory();
  const [search, setSearch] = useState("");
  const [group, setGroup] = useState<string | null>(null);
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
          onFocusGroup={setGroup}
        />
      )}
      <p class="picked" aria-live="polite">
        {chosen === undefined
          ? t("picker.nothing")
          : t("picker.chosen", { name: chosen.name })}
      </p>
      <CreateInPlace
        group={group === null ? null : (directory.groups.get(group) ?? null)}
        onProject={(id) => {
          setMade(id);
          onSelect(id);
        }}
        onGroup={(id) => {
          setMade(id);
          setGroup(id);
        }}
      />
    </div>
  );
}
