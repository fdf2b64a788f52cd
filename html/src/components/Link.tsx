/*
 * A link inside the app: a real address that opens without a page load.
 */

import type { ComponentChildren } from "preact";
import { href, navigate, useLocation } from "../router";

interface Props {
  class?: string;
  title?: string;
  "aria-current"?: "page" | undefined;
  "aria-label"?: string;
  "data-testid"?: string;
  to: string;
  query?: Record<string, string>;
  children: ComponentChildren;
}

export function Link({ to, query, children, ...rest }: Props) {
  /* what it takes along may change while it is in sight */
  useLocation();
  const target = href(to, query ? new URLSearchParams(query) : null);

  const onClick = (event: MouseEvent) => {
    const own = event.button === 0 && !event.metaKey && !event.ctrlKey &&
      !event.shiftKey && !event.altKey;
    if (own) {
      event.preventDefault();
      void navigate(target);
    }
  };

  return (
    <a {...rest} href={target} onClick={onClick}>
      {children}
    </a>
  );
}
