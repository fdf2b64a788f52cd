/*
 * A name with the rules that the server has for it.
 */

import { t } from "../i18n";
import { Field } from "./Field";

interface Props {
  label: string;
  value: string;
  error: string | undefined;
  hint?: string | undefined;
  onInput: (value: string) => void;
}

export function NameField({ label, value, error, hint, onInput }: Props) {
  return (
    <Field label={label} pointer="/name" error={error} hint={hint ?? t("form.name_hint")}>
      {(control) => (
        <input
          {...control}
          class="input"
          type="text"
          name="name"
          required
          autocomplete="off"
          maxLength={200}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
