/*
 * Addresses: real paths below <base>, with the state of a page in its query.
 */

import { useEffect, useState } from "preact/hooks";

export interface Location {
  /* below the base, without slashes at the ends: "projects/project-1" */
  path: string;
  query: URLSearchParams;
}

/* Resolves to true when leaving is all right. */
export type Guard = () => Promise<boolean>;

type Listener = (location: Location) => void;

/* What the browser keeps of each step of its history. */
interface Entry {
  index: number;
  scroll?: number;
}

const base = new URL(document.baseURI).pathname;
const listeners = new Set<Listener>();

let guard: Guard | null = null;
let index = (history.state as Entry | null)?.index ?? 0;
let ignored = 0;
let scroll = 0;
let location_ = read();

function read(): Location {
  const { pathname, search } = window.location;
  const below = pathname.startsWith(base) ? pathname.slice(base.length) : "";

  return {
    path: below.replace(/^\/+|\/+$/g, ""),
    query: new URLSearchParams(search),
  };
}

/* Where the page that is left stood: "back" leads there again. */
function rememberScroll(): void {
  const entry: Entry = { index, scroll: Math.round(window.scrollY) };
  history.replaceState(entry, "");
}

/* Where the page that is entered stood when it was left; 0: a new one. */
export function enteredAt(): number {
  return scroll;
}

function publish(): void {
  location_ = read();
  for (const listener of [...listeners]) {
    listener(location_);
  }
}

function address(path: string, query: URLSearchParams | null): string {
  const text = query?.toString() ?? "";
  return `${base}${path}${text === "" ? "" : `?${text}`}`;
}

/*
 * How figures are looked at, on any page: who leaves a page with won for
 * another one wants won there, too.
 */
const KEPT = ["currency", "by", "days", "split", "month"];

/* A place in the app, looked at as this one is; query says what is otherwise. */
export function href(path: string, query: URLSearchParams | null = null): string {
  const all = new URLSearchParams();

  for (const name of KEPT) {
    const value = location_.query.get(name);
    if (value !== null && query?.has(name) !== true) {
      all.set(name, value);
    }
  }
  for (const [name, value] of query ?? []) {
    all.append(name, value);
  }
  return address(path, all);
}

export function setGuard(next: Guard | null): void {
  guard = next;
}

export async function navigate(
  target: string,
  options: { replace?: boolean } = {},
): Promise<void> {
  const leaves = new URL(target, document.baseURI).pathname !== address(location_.path, null);
  const asks = leaves ? guard : null;

  if (asks !== null && !(await asks())) {
    return;
  }
  if (asks !== null) {
    guard = null;
  }
  if (options.replace === true) {
    history.replaceState({ index }, "", target);
  } else {
    rememberScroll();
    index += 1;
    history.pushState({ index }, "", target);
  }
  scroll = 0;
  publish();
}

/* Changes the query of the page that is open; null takes a name out. */
export function setQuery(
  changes: Record<string, string | null>,
  options: { replace?: boolean } = {},
): void {
  const query = new URLSearchParams(location_.query);

  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") {
      query.delete(name);
    } else {
      query.set(name, value);
    }
  }
  void navigate(address(location_.path, query), options);
}

/*
 * A guard stands before other pages only, not before steps of its own one.
 * Back and forward have already happened when the browser tells: where a
 * guard stands, go there again first, ask, and only then leave.
 */
async function onPopState(event: PopStateEvent): Promise<void> {
  const next = (event.state as Entry | null)?.index ?? 0;
  const asks = read().path === location_.path ? null : guard;

  if (ignored > 0) {
    ignored -= 1;
    return;
  }
  if (asks !== null && next !== index) {
    const delta = next - index;
    ignored += 1;
    history.go(-delta);
    if (await asks()) {
      guard = null;
      history.go(delta);
    }
    return;
  }
  index = next;
  scroll = (event.state as Entry | null)?.scroll ?? 0;
  publish();
}

export function startRouter(): void {
  const entry = history.state as Entry | null;

  scroll = entry?.scroll ?? 0;
  history.scrollRestoration = "manual";
  history.replaceState({ index, scroll }, "");
  window.addEventListener("pagehide", rememberScroll);
  window.addEventListener("popstate", (event) => void onPopState(event));
  window.addEventListener("beforeunload", (event) => {
    if (guard !== null) {
      event.preventDefault();
    }
  });
}

export function currentLocation(): Location {
  return location_;
}

export function useLocation(): Location {
  const [value, setValue] = useState(location_);

  useEffect(() => {
    setValue(location_);
    listeners.add(setValue);
    return () => {
      listeners.delete(setValue);
    };
  }, []);

  return value;
}
