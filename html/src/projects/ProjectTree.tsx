/*
 * Projects and groups as nested lists, with what can be done to each.
 */

import { useState } from "preact/hooks";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Menu } from "../components/Menu";
import { SpentText } from "../accounts/SpentCell";
import type { Month, Spent } from "../accounts/useThisMonth";
import { plural, t } from "../i18n";
import { ZERO } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import type { TreeNode } from "../lib/tree";

export type Action =
  | { kind: "rename" | "move" | "delete"; node: TreeNode }
  | { kind: "new"; of: "project" | "group"; parent: string };

interface Props {
  nodes: TreeNode[];
  admin: boolean;
  month: Month;
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

/* Of a group, what all below it costs: by currency, as they are not added. */
function spentOf(node: TreeNode, month: Month): Spent {
  if (node.kind === "project") {
    return month.of(node.id);
  }
  const parts = node.children.map((child) => spentOf(child, month));
  if (parts.includes("loading")) {
    return "loading";
  }
  const sums = new Map<string, Decimal>();
  for (const { currency, value } of parts.flatMap((one) =>
    typeof one === "string" ? [] : one,
  )) {
    sums.set(currency, (sums.get(currency) ?? ZERO) + value);
  }
  if (sums.size === 0) {
    return parts.includes("unread") ? "unread" : "none";
  }
  return [...sums].sort().map(([currency, value]) => ({ currency, value }));
}

function Cost({ node, month }: { node: TreeNode; month: Month }) {
  return (
    <span class="node-cost num" data-testid={`cost-${node.id}`}>
      <SpentText spent={spentOf(node, month)} />
    </span>
  );
}

function GroupItem({ node, admin, month, onAction }: Props & { node: TreeNode & { kind: "group" } }) {
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
        {node.children.length > 0 && <Cost node={node} month={month} />}
        {admin && <Actions node={node} onAction={onAction} />}
      </div>
      {open && node.children.length > 0 && (
        <NodeList nodes={node.children} admin={admin} month={month} onAction={onAction} />
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
              <Cost node={node} month={props.month} />
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
      <p class="node-head">{t("accounts.cost")}</p>
      <NodeList {...props} />
    </div>
  );
}
