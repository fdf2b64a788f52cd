/*
 * A modal dialog: the browser's own, with its focus handling.  Whoever types at
 * once types into its first field; where there is none, or where something is
 * destroyed, the focus is on what changes nothing.
 */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./Icon";
import { useId } from "../lib/useId";

interface Props {
  title: string;
  tone?: "plain" | "danger";
  onClose: () => void;
  onSubmit: () => void;
  submit: string;
  busy?: boolean;
  disabled?: boolean;
  children: ComponentChildren;
}

const FIELDS =
  ".dialog-body :is(input, select, textarea):not(:disabled, [readonly], [type=hidden])";

function start(dialog: HTMLDialogElement, destroys: boolean): void {
  const field = destroys ? null : dialog.querySelector<HTMLElement>(FIELDS);

  (field ?? dialog.querySelector<HTMLElement>("[data-cancel]"))?.focus();
  if (field instanceof HTMLInputElement) {
    field.select();
  }
}

export function Dialog(props: Props) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [opener] = useState(() => document.activeElement as HTMLElement | null);

  /* at once, not after the next frame: a key pressed before is meant for it */
  useLayoutEffect(() => {
    dialog.current?.showModal();
    start(dialog.current!, props.tone === "danger");
    /* what is behind an open dialog cannot have the focus: when it is gone */
    return () => queueMicrotask(() => opener?.isConnected && opener.focus());
  }, []);

  const onSubmit = (event: Event) => {
    event.preventDefault();
    if (props.busy !== true && props.disabled !== true) {
      props.onSubmit();
    }
  };

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onClose={() => {
        /* a second Escape closes it unasked: whoever opened it decides */
        dialog.current?.showModal();
        props.onClose();
      }}
    >
      <form method="dialog" noValidate onSubmit={onSubmit}>
        <div class="dialog-head">
          <h2 id={id}>{props.title}</h2>
        </div>
        <div class="dialog-body">{props.children}</div>
        <div class="dialog-foot">
          <button type="button" class="button" data-cancel onClick={props.onClose}>
            {t("action.cancel")}
          </button>
          <button
            type="submit"
            class={`button ${props.tone === "danger" ? "danger" : "primary"}`}
            disabled={props.disabled === true}
            aria-disabled={props.busy === true}
          >
            {props.busy === true && <span class="spinner" aria-hidden="true" />}
            {props.submit}
          </button>
        </div>
        <button
          type="button"
          class="button quiet square small dialog-close"
          aria-label={t("action.close")}
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      </form>
    </dialog>
  );
}
