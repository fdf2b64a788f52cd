/*
 * A labelled input with its hint and its error.  `pointer` names the member
 * of the request body, so that the server's errors find their field.
 */

import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Icon } from "./Icon";
import { useId } from "../lib/useId";

export interface ControlAttributes {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
  "data-pointer": string;
}

interface Props {
  label: string;
  pointer: string;
  hint?: string | undefined;
  error?: string | null | undefined;
  required?: boolean;
  children: (control: ControlAttributes) => ComponentChildren;
}

export function FieldError({ id, text }: { id: string; text: string }) {
  return (
    <p id={id} class="field-error">
      <Icon name="warning" />
      {text}
    </p>
  );
}

export function Field(props: Props) {
  const id = useId();
  const hint = props.hint === undefined ? "" : `${id}-hint`;
  const error = props.error ? `${id}-error` : "";

  return (
    <div class="field">
      <label for={id}>
        {props.label}
        {props.required === false && (
          <span class="optional">{t("form.optional")}</span>
        )}
      </label>
      {props.children({
        id,
        "aria-describedby": `${error} ${hint}`.trim() || undefined,
        "aria-invalid": error !== "",
        "data-pointer": props.pointer,
      })}
      {error !== "" && <FieldError id={error} text={props.error!} />}
      {hint !== "" && (
        <p id={hint} class="hint">
          {props.hint}
        </p>
      )}
    </div>
  );
}

/* To the first field that is marked wrong, once the marks are drawn. */
export function focusFirstError(): void {
  requestAnimationFrame(() => {
    setTimeout(() => {
      const wrong = document.querySelector<HTMLElement>(
        "main [aria-invalid=true], dialog [aria-invalid=true]",
      );
      /* of a tree, the row that the keys would reach */
      (wrong?.querySelector<HTMLElement>("[tabindex='0']") ?? wrong)?.focus();
    });
  });
}
