/*
 * Projects and groups as nested lists, with what can be done to each.
 */

import { useState } from "preact/hooks";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Menu } from "../components/Menu";
import { plural, t } from "../i18n";
import type { TreeNode } from "../lib/tree";

export type Action =
  | { kind: "rename" | "move" | "delete"; node: TreeNode }
  | { kind: "new"; of: "project" | "group"; parent: string };

interface Props {
  nodes: TreeNode[];
  admin: boolean;
  onAction: (action: Action) => void;
}

function Actions({ node, onAction }: { node: TreeNode; onAction: Props["onAction"] }) {
  const inside = (of: "project" | "group") => () =>
    onAction({ kind: "new", of, parent: node.id });

  return (
    <Menu
      label={t("projects.actions", { name: node.name })}
      items={[
        ...(node.kind === "group"
          ? ([
              { label: t("projects.new_project"), icon: "plus", onClick: inside("project") },
              { label: t("projects.new_group"), icon: "plus", onClick: inside("group") },
            ] as const)
          : []),
        {
          label: t("action.rename"),
          icon: "edit",
          onClick: () => onAction({ kind: "rename", node }),
        },
        {
          label: t("action.move"),
          icon: "move",
          onClick: () => onAction({ kind: "move", node }),
        },
        {
          label: t("action.delete"),
          icon: "trash",
          danger: true,
          onClick: () => onAction({ kind: "delete", node }),
        },
      ]}
    />
  );
}

function GroupItem({ node, admin, onAction }: Props & { node: TreeNode & { kind: "group" } }) {
  const [open, setOpen] = useState(true);

  return (
    <li>
      <div class="node">
        <button
          type="button"
          class="node-toggle"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "down" : "right"} />
          <Icon name="folder" />
          <span class="node-name">{node.name}</span>
        </button>
        <span class="node-note">
          {node.children.length === 0
            ? t("tree.empty")
            : plural("projects.entries", node.children.length)}
        </span>
        {admin && <Actions node={node} onAction={onAction} />}
      </div>
      {open && node.children.length > 0 && (
        <NodeList nodes={node.children} admin={admin} onAction={onAction} />
      )}
    </li>
  );
}

function NodeList(props: Props) {
  return (
    <ul class="nodes">
      {props.nodes.map((node) =>
        node.kind === "group" ? (
          <GroupItem key={node.id} {...props} node={node} />
        ) : (
          <li key={node.id}>
            <div class="node">
              <span class="node-leaf">
                <Icon name="project" />
                <Link to={`projects/${node.id}`} class="node-name">
                  {node.name}
                </Link>
              </span>
              <span class="node-note">{plural("accounts.count", node.project.accounts)}</span>
              {props.admin && <Actions node={node} onAction={props.onAction} />}
            </div>
          </li>
        ),
      )}
    </ul>
  );
}

export function ProjectTree(props: Props) {
  return (
    <div class="project-tree" data-testid="projects">
      <NodeList {...props} />
    </div>
  );
}
