/*
 * A menu behind a button, for actions on one row.
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./Icon";
import type { IconName } from "./Icon";

export interface Item {
  label: string;
  icon: IconName;
  danger?: boolean;
  onClick: () => void;
}

interface Props {
  label: string;
  items: Item[];
}

export function Menu({ label, items }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  useLayoutEffect(() => {
    if (!open) {
      return;
    }
    root.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...root.current!.querySelectorAll<HTMLElement>("[role=menuitem]")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const steps: Record<string, number> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    const next = steps[event.key];

    if (open && next !== undefined) {
      event.preventDefault();
      all[next]?.focus();
    } else if (open && (event.key === "Escape" || event.key === "Tab")) {
      event.stopPropagation();
      close();
    }
  };

  return (
    <div ref={root} class="menu" onKeyDown={onKeyDown}>
      <button
        type="button"
        class="button quiet square small"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        <svg class="icon dots" viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="4" cy="10" r="1" />
          <circle cx="10" cy="10" r="1" />
          <circle cx="16" cy="10" r="1" />
        </svg>
      </button>
      {open && (
        <div class="menu-items" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={item.danger === true ? "danger" : ""}
              onClick={() => {
                close();
                item.onClick();
              }}
            >
              <Icon name={item.icon} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
