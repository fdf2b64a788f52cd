/*
 * The one store of the app: what several pages share.  What only one page
 * needs stays in that page.
 */

import { useEffect, useState } from "preact/hooks";
import type { Session } from "../api/types";
import type { Directory } from "./directory";
import type { Lang } from "../i18n";

export type Theme = "system" | "light" | "dark";

export interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
}

export interface State {
  lang: Lang;
  theme: Theme;
  session: Session | null;
  directory: Directory | null;
  toasts: Toast[];
  /* a 401 in the middle: the pages stay, and a notice says so */
  signedOut: boolean;
  /* a part of the app could not be fetched: another version may be there */
  outdated: boolean;
}

type Listener = () => void;

const listeners = new Set<Listener>();

let state: State = {
  lang: "en",
  theme: "system",
  session: null,
  directory: null,
  toasts: [],
  signedOut: false,
  outdated: false,
};

export function getState(): State {
  return state;
}

export function setState(change: Partial<State>): void {
  state = { ...state, ...change };
  for (const listener of [...listeners]) {
    listener();
  }
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useStore<T>(select: (state: State) => T): T {
  const [value, setValue] = useState(() => select(state));

  useEffect(() => {
    const update = () => setValue(() => select(state));
    update();
    return subscribe(update);
  }, []);

  return value;
}

export function useAdmin(): boolean {
  return useStore((current) => current.session?.role === "admin");
}

let toastId = 0;

export function toast(tone: Toast["tone"], text: string): void {
  const id = ++toastId;
  setState({ toasts: [...state.toasts, { id, tone, text }] });
  setTimeout(() => dismissToast(id), tone === "good" ? 5000 : 10_000);
}

export function dismissToast(id: number): void {
  setState({ toasts: state.toasts.filter((entry) => entry.id !== id) });
}
