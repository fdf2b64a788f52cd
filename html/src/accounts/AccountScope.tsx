/*
 * All linked accounts, or one of them: said, not guessed from what was typed.
 * Once the connection is tested, the one is picked from what was found.
 */

import type { FieldSchema } from "../api/types";
import { Field } from "../components/Field";
import { t } from "../i18n";
import { useId } from "../lib/useId";
import { choosesOne, unchosen } from "./credentials";

interface Props {
  label: string;
  pointer: string;
  schema: FieldSchema;
  value: string;
  error: string | undefined;
  /* null: not tested yet */
  found: string[] | null;
  onInput: (value: string) => void;
}

function One({ label, pointer, schema, value, error, found, onInput }: Props) {
  const all = schema["x-all"]!;
  const shown = value === unchosen(all) ? "" : value;

  return (
    <Field
      label={label}
      pointer={pointer}
      error={error}
      hint={found === null ? t("scope.hint") : undefined}
    >
      {(control) =>
        found === null ? (
          <input
            {...control}
            class="input mono"
            type="text"
            inputMode="numeric"
            autocomplete="off"
            maxLength={64}
            value={shown}
            /* as consoles write it, with dashes or spaces: it is the same one */
            onInput={(event) =>
              onInput(event.currentTarget.value.replace(/\D/g, "") || unchosen(all))
            }
          />
        ) : (
          <select
            {...control}
            class="select"
            value={shown}
            onChange={(event) => onInput(event.currentTarget.value || unchosen(all))}
          >
            <option value="">{t("scope.pick")}</option>
            {(shown === "" || found.includes(shown) ? found : [shown, ...found]).map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        )
      }
    </Field>
  );
}

export function AccountScope(props: Props) {
  const id = useId();
  const { schema, value, onInput } = props;
  const all = schema["x-all"]!;
  const one = choosesOne(all, value);

  return (
    <fieldset class="field scope" data-testid="scope">
      <legend class="label">{t("scope.label")}</legend>
      <label>
        <input type="radio" name={id} checked={!one} onChange={() => onInput(all)} />
        {t("scope.all")}
      </label>
      <label>
        <input
          type="radio"
          name={id}
          checked={one}
          onChange={() => onInput(unchosen(all))}
        />
        {t("scope.one")}
      </label>
      {one && <One {...props} />}
    </fieldset>
  );
}
