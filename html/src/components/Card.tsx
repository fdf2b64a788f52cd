/*
 * A titled section of a page.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { useId } from "../lib/useId";

/* From so many stops of the Tab key on, a card can be passed over. */
const MANY = 5;
const STOPS = "a[href], button:not([tabindex='-1']), select, input, [tabindex='0']";

interface Props {
  title: string;
  /* 3: below a heading of its own */
  level?: 2 | 3;
  note?: string | undefined;
  /* what tells it from another card of this title: its currency */
  about?: string | undefined;
  actions?: ComponentChildren;
  /* beside the title, however narrow */
  tools?: ComponentChildren;
  busy?: boolean;
  class?: string;
  testid?: string;
  children: ComponentChildren;
}

/* To what comes after the card: the next one, or the end of the page. */
function pass(card: HTMLElement): void {
  const all = [...document.querySelectorAll<HTMLElement>("main .card, footer")];
  const next = all.slice(all.indexOf(card) + 1).find((one) => !card.contains(one));
  const place = next?.querySelector<HTMLElement>("h2, h3") ?? next;

  if (place !== undefined) {
    place.tabIndex = -1;
    place.focus();
  }
}

function SkipCard({ title }: { title: string }) {
  const link = useRef<HTMLAnchorElement>(null);
  const [needed, setNeeded] = useState(true);

  useEffect(() => {
    const stops = link.current?.closest(".card")?.querySelectorAll(STOPS).length ?? 0;
    setNeeded(stops > MANY);
  });

  return (
    <a
      ref={link}
      class="skip"
      href="#main"
      hidden={!needed}
      onClick={(event) => {
        event.preventDefault();
        pass(event.currentTarget.closest<HTMLElement>(".card")!);
      }}
    >
      {t("card.skip", { title })}
    </a>
  );
}

export function Card(props: Props) {
  const id = useId();
  const Heading = props.level === 3 ? "h3" : "h2";

  return (
    <section
      class={`card ${props.class ?? ""}`}
      {...(props.about === undefined
        ? { "aria-labelledby": id }
        : { "aria-label": `${props.title}, ${props.about}` })}
      aria-busy={props.busy === true}
      data-testid={props.testid}
    >
      <SkipCard
        title={props.about === undefined ? props.title : `${props.title}, ${props.about}`}
      />
      <div class="card-head">
        <div>
          <Heading id={id} class="card-title">{props.title}</Heading>
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
