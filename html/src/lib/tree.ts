/*
 * Groups and projects as a tree, sorted by name: groups first, as folders.
 */

import type { GroupName, ProjectName } from "../api/types";
import type { Directory } from "../store/directory";

export interface GroupNode {
  kind: "group";
  id: string;
  name: string;
  group: GroupName;
  children: TreeNode[];
}

export interface ProjectNode {
  kind: "project";
  id: string;
  name: string;
  project: ProjectName;
}

export type TreeNode = GroupNode | ProjectNode;

type Places = Map<string | null, TreeNode[]>;

function put(places: Places, parent: string | null, node: TreeNode): void {
  const siblings = places.get(parent);

  if (siblings === undefined) {
    places.set(parent, [node]);
  } else {
    siblings.push(node);
  }
}

export function buildTree(
  groups: Iterable<GroupName>,
  projects: Iterable<ProjectName>,
  lang: string,
): TreeNode[] {
  const places: Places = new Map();
  const nodes = [...groups].map((group): GroupNode => ({
    kind: "group",
    id: group.id,
    name: group.name,
    group,
    children: [],
  }));
  const known = new Set(nodes.map((node) => node.id));
  /* what hangs below a group that the caller may not see stands on top */
  const above = (id: string | null) => (id !== null && known.has(id) ? id : null);
  const collator = new Intl.Collator(lang, { numeric: true });
  const order = (one: TreeNode, other: TreeNode) =>
    one.kind === other.kind
      ? collator.compare(one.name, other.name)
      : one.kind === "group" ? -1 : 1;

  for (const node of nodes) {
    put(places, above(node.group.parent_id), node);
  }
  for (const project of projects) {
    const { id, name } = project;
    put(places, above(project.group_id), { kind: "project", id, name, project });
  }
  for (const node of nodes) {
    node.children = (places.get(node.id) ?? []).sort(order);
  }
  return (places.get(null) ?? []).sort(order);
}

/* What matches, with the groups that lead there; a matching group with all. */
export function filterTree(nodes: TreeNode[], text: string): TreeNode[] {
  const wanted = text.trim().normalize("NFC").toLowerCase();

  if (wanted === "") {
    return nodes;
  }
  return nodes.flatMap((node): TreeNode[] => {
    if (node.name.normalize("NFC").toLowerCase().includes(wanted)) {
      return [node];
    }
    if (node.kind === "project") {
      return [];
    }
    const children = filterTree(node.children, text);
    return children.length === 0 ? [] : [{ ...node, children }];
  });
}

export interface Row {
  node: TreeNode;
  level: number;
  parent: string | null;
}

/* The rows in sight, from top to bottom. */
export function visibleRows(
  nodes: TreeNode[],
  open: (id: string) => boolean,
  level = 1,
  parent: string | null = null,
): Row[] {
  return nodes.flatMap((node): Row[] => [
    { node, level, parent },
    ...(node.kind === "group" && open(node.id)
      ? visibleRows(node.children, open, level + 1, node.id)
      : []),
  ]);
}

/* The names of the groups above, outermost first. */
export function groupPath(
  id: string | null,
  directory: Directory | null,
): string[] {
  const names: string[] = [];
  let group = id === null ? undefined : directory?.groups.get(id);

  while (group !== undefined && names.length < 8) {
    names.unshift(group.name);
    group =
      group.parent_id === null
        ? undefined
        : directory?.groups.get(group.parent_id);
  }
  return names;
}

/* The group itself and all below it: where it cannot be moved to. */
export function below(id: string, groups: Iterable<GroupName>): Set<string> {
  const all = [...groups];
  const found = new Set([id]);
  let grown = true;

  while (grown) {
    grown = false;
    for (const group of all) {
      if (group.parent_id !== null && found.has(group.parent_id) && !found.has(group.id)) {
        found.add(group.id);
        grown = true;
      }
    }
  }
  return found;
}
