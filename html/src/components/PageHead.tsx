/*
 * The head of a page: its one h1, which also titles the document.
 */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { Paper } from "../paper/Paper";

/* A word that has to be broken in a small window. */
const LONG = /[^\s-]{18}/;

interface Props {
  title: string;
  lead?: ComponentChildren;
  children?: ComponentChildren;
}

export function PageHead({ title, lead, children }: Props) {
  useEffect(() => {
    document.title = `${title} - ${t("app.name")}`;
  }, [title]);

  return (
    <>
      <div class="page-head">
        <div>
          <h1 tabIndex={-1} class={LONG.test(title) ? "long" : undefined}>
            {title}
          </h1>
          {lead !== undefined && <p class="lead">{lead}</p>}
        </div>
        {children !== undefined && <div class="page-actions">{children}</div>}
      </div>
      <Paper />
    </>
  );
}
