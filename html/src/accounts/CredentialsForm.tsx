/*
 * Credentials as the provider's JSON schema describes them: a form and the
 * same as JSON, each following the other.
 */

import { useState } from "preact/hooks";
import type { CredentialsSchema, FieldSchema } from "../api/types";
import { Field, FieldError } from "../components/Field";
import { Icon } from "../components/Icon";
import { Tabs } from "../components/Tabs";
import { maybe, t } from "../i18n";
import type { Texts } from "../lib/faults";
import { pointerPart } from "../lib/validate";
import { credentialsText, parseCredentials, schemaTexts } from "./credentials";
import type { Values } from "./credentials";
import { useId } from "../lib/useId";

interface Props {
  schema: CredentialsSchema;
  values: Values;
  errors: Texts;
  onChange: (values: Values, changed: string | null) => void;
}

interface FieldProps {
  name: string;
  schema: FieldSchema;
  required: boolean;
  value: string;
  error: string | undefined;
  onInput: (value: string) => void;
}

function label(name: string, schema: FieldSchema): string {
  return maybe(`credential.${name}`) ?? schemaTexts(schema).title ?? name;
}

function CredentialField(props: FieldProps) {
  const { name, schema, required, value, error, onInput } = props;
  const [revealed, setRevealed] = useState(false);
  const secret = schema.writeOnly === true;
  const hint = maybe(`credential.${name}.hint`) ?? schemaTexts(schema).description;
  /* the JSX types know each kind of input, but none that changes its kind */
  const type = (secret && !revealed ? "password" : "text") as "text";

  return (
    <Field
      label={label(name, schema)}
      pointer={`/credentials/${pointerPart(name)}`}
      error={error}
      hint={hint}
      required={required}
    >
      {(control) => (
        <span class="input-group">
          {schema.enum !== undefined ? (
            <select
              {...control}
              class="select"
              value={value || schema.default}
              onChange={(event) => onInput(event.currentTarget.value)}
            >
              {schema.enum.map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))}
            </select>
          ) : schema["x-lines"] === true ? (
            <textarea
              {...control}
              class="input mono"
              rows={5}
              spellcheck={false}
              autocomplete="off"
              autocapitalize="none"
              required={required}
              value={value}
              onInput={(event) => onInput(event.currentTarget.value)}
            />
          ) : (
            <input
              {...control}
              class={secret ? "input mono" : "input"}
              type={type}
              autocomplete={secret ? "new-password" : "off"}
              autocapitalize="none"
              spellcheck={false}
              required={required}
              value={value}
              onInput={(event) => onInput(event.currentTarget.value)}
            />
          )}
          {secret && schema["x-lines"] !== true && (
            <button
              type="button"
              class="button quiet square"
              aria-pressed={revealed}
              aria-label={t("credentials.reveal", { name: label(name, schema) })}
              title={t("credentials.reveal", { name: label(name, schema) })}
              onClick={() => setRevealed(!revealed)}
            >
              <Icon name="eye" />
            </button>
          )}
        </span>
      )}
    </Field>
  );
}

function JsonForm({ schema, values, errors, onChange }: Props) {
  const id = useId();
  const [text, setText] = useState(() => credentialsText(schema, values));
  const [broken, setBroken] = useState(false);
  const messages = Object.entries(errors).filter(([pointer]) =>
    pointer.startsWith("/credentials"),
  );

  const input = (next: string) => {
    const parsed = parseCredentials(schema, next);
    setText(next);
    setBroken(parsed === null);
    if (parsed !== null) {
      onChange(parsed, null);
    }
  };

  return (
    <div class="field">
      <label for={id}>{t("credentials.json_label")}</label>
      <textarea
        id={id}
        class="input mono"
        rows={7}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={broken || messages.length > 0}
        aria-describedby={`${id}-hint ${id}-error`}
        data-pointer="/credentials"
        value={text}
        onInput={(event) => input(event.currentTarget.value)}
      />
      <div id={`${id}-error`} aria-live="polite">
        {broken && <FieldError id={`${id}-broken`} text={t("credentials.json_broken")} />}
        {messages.map(([pointer, message]) => (
          <FieldError
            key={pointer}
            id={`${id}${pointer}`}
            text={`${pointer.replace("/credentials/", "")}: ${message}`}
          />
        ))}
      </div>
      <p id={`${id}-hint`} class="hint">
        {t("credentials.json_hint")}
      </p>
    </div>
  );
}

function InputForm({ schema, values, errors, onChange }: Props) {
  return (
    <>
      {Object.entries(schema.properties).map(([name, field]) => (
        <CredentialField
          key={name}
          name={name}
          schema={field}
          /* a choice is always made */
          required={field.enum !== undefined || schema.required.includes(name)}
          value={values[name] ?? ""}
          error={errors[`/credentials/${pointerPart(name)}`]}
          onInput={(value) => onChange({ ...values, [name]: value }, name)}
        />
      ))}
    </>
  );
}

export function CredentialsForm(props: Props) {
  return (
    <Tabs
      label={t("credentials.tabs")}
      tabs={[
        {
          id: "form",
          label: t("credentials.form"),
          content: () => <InputForm {...props} />,
        },
        {
          id: "json",
          label: t("credentials.json"),
          content: () => <JsonForm {...props} />,
        },
      ]}
    />
  );
}
