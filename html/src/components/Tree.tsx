/*
 * A tree to choose one project from, by mouse or keys (ARIA tree pattern:
 * arrows, Home, End, typing a name, Enter or Space).
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { visibleRows } from "../lib/tree";
import type { Row, TreeNode } from "../lib/tree";
import { Icon } from "./Icon";

interface Props {
  label: string;
  nodes: TreeNode[];
  selected: string | null;
  /* what has just been made: whatever it stands in is opened */
  made: string | null;
  /* groups shown open from the start; a search opens all */
  openAll: boolean;
  invalid: boolean;
  describedBy?: string | undefined;
  onSelect: (project: string) => void;
  onFocusGroup?: (group: string | null) => void;
}

function groupsAbove(nodes: TreeNode[], id: string): string[] {
  for (const node of nodes) {
    if (node.id === id) {
      return [];
    }
    if (node.kind === "group") {
      const inside = node.children.some((child) => child.id === id);
      const path = groupsAbove(node.children, id);
      if (inside || path.length > 0) {
        return [node.id, ...path];
      }
    }
  }
  return [];
}

export function Tree(props: Props) {
  const { nodes, selected, openAll } = props;
  const list = useRef<HTMLUListElement>(null);
  const [toggled, setToggled] = useState<Record<string, boolean>>({});
  const [focus, setFocus] = useState<string | null>(null);
  const above = selected === null ? [] : groupsAbove(nodes, selected);
  const isOpen = (id: string) => toggled[id] ?? (openAll || above.includes(id));
  const rows = visibleRows(nodes, isOpen);
  const current = rows.find((row) => row.node.id === focus) ??
    rows.find((row) => row.node.id === selected) ?? rows[0];

  useEffect(() => setToggled({}), [openAll]);
  useEffect(() => {
    const around = props.made === null ? [] : groupsAbove(nodes, props.made);
    setToggled((now) => ({
      ...now,
      ...Object.fromEntries(around.map((id) => [id, true])),
    }));
  }, [props.made]);

  const focusRow = (row: Row | undefined) => {
    if (row === undefined) {
      return;
    }
    setFocus(row.node.id);
    const at = rows.indexOf(row);
    list.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[at]?.focus();
  };

  const toggle = (id: string, open: boolean) => {
    setToggled({ ...toggled, [id]: open });
  };

  const activate = ({ node }: Row) => {
    if (node.kind === "group") {
      toggle(node.id, !isOpen(node.id));
      props.onFocusGroup?.(node.id);
    } else {
      props.onSelect(node.id);
      props.onFocusGroup?.(node.project.group_id);
    }
  };

  const right = (row: Row, at: number) => {
    if (row.node.kind === "group" && !isOpen(row.node.id)) {
      toggle(row.node.id, true);
    } else if (row.node.kind === "group") {
      focusRow(rows[at + 1]);
    }
  };

  const left = (row: Row) => {
    if (row.node.kind === "group" && isOpen(row.node.id)) {
      toggle(row.node.id, false);
    } else {
      focusRow(rows.find((one) => one.node.id === row.parent));
    }
  };

  const type = (letter: string, at: number) => {
    const order = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
    focusRow(
      order.find((row) => row.node.name.toLowerCase().startsWith(letter.toLowerCase())),
    );
  };

  const onKeyDown = (event: KeyboardEvent, row: Row) => {
    const at = rows.indexOf(row);
    const actions: Record<string, () => void> = {
      ArrowDown: () => focusRow(rows[at + 1]),
      ArrowUp: () => focusRow(rows[at - 1]),
      ArrowRight: () => right(row, at),
      ArrowLeft: () => left(row),
      Home: () => focusRow(rows[0]),
      End: () => focusRow(rows[rows.length - 1]),
      Enter: () => activate(row),
      " ": () => activate(row),
    };
    const action = actions[event.key];

    if (action !== undefined) {
      event.preventDefault();
      action();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      type(event.key, at);
    }
  };

  return (
    <ul
      ref={list}
      class="tree"
      role="tree"
      aria-label={props.label}
      aria-invalid={props.invalid}
      aria-describedby={props.describedBy}
      data-pointer="/project_id"
      data-testid="project-tree"
    >
      {rows.map((row) => (
        <li
          key={row.node.id}
          class={`tree-row ${row.node.kind}`}
          role="treeitem"
          aria-level={row.level}
          aria-expanded={row.node.kind === "group" ? isOpen(row.node.id) : undefined}
          aria-selected={row.node.kind === "project" ? row.node.id === selected : undefined}
          tabIndex={row === current ? 0 : -1}
          style={{ paddingInlineStart: `${(row.level - 1) * 22 + 10}px` }}
          onClick={() => {
            setFocus(row.node.id);
            activate(row);
          }}
          onKeyDown={(event) => onKeyDown(event, row)}
        >
          {row.node.kind === "group" ? (
            <>
              <span class="tree-arrow">
                <Icon name={isOpen(row.node.id) ? "down" : "right"} />
              </span>
              <Icon name="folder" />
            </>
          ) : (
            <span class="radio" aria-hidden="true" />
          )}
          <span class="tree-name">{row.node.name}</span>
          {row.node.kind === "group" && row.node.children.length === 0 && (
            <span class="tree-note">{t("tree.empty")}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
