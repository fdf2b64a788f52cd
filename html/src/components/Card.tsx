/*
 * A titled section of a page.
 */

import type { ComponentChildren } from "preact";
import { useId } from "../lib/useId";

interface Props {
  title: string;
  note?: string | undefined;
  actions?: ComponentChildren;
  /* beside the title, however narrow */
  tools?: ComponentChildren;
  busy?: boolean;
  class?: string;
  testid?: string;
  children: ComponentChildren;
}

export function Card(props: Props) {
  const id = useId();

  return (
    <section
      class={`card ${props.class ?? ""}`}
      aria-labelledby={id}
      aria-busy={props.busy === true}
      data-testid={props.testid}
    >
      <div class="card-head">
        <div>
          <h2 id={id}>{props.title}</h2>
          {props.note !== undefined && <p class="card-note">{props.note}</p>}
        </div>
        {props.actions !== undefined && (
          <div class="card-actions">{props.actions}</div>
        )}
        {props.tools !== undefined && <div class="card-tools">{props.tools}</div>}
      </div>
      {props.children}
    </section>
  );
}
