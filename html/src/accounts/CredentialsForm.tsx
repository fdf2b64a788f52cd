/*
 * Credentials as the provider's JSON schema describes them: a form and the
 * same as JSON, each following the other.
 */

import { useState } from "preact/hooks";
import type { CredentialsSchema, FieldSchema } from "../api/types";
import { Field, FieldError } from "../components/Field";
import type { ControlAttributes } from "../components/Field";
import { Reveal, SecretLines } from "../components/Secret";
import { Tabs } from "../components/Tabs";
import { maybe, t } from "../i18n";
import type { Texts } from "../lib/faults";
import { pointerPart } from "../lib/validate";
import { AccountScope } from "./AccountScope";
import {
  credentialsText, holdsSecret, parseCredentials, schemaTexts, scopeField, withScope,
} from "./credentials";
import type { Values } from "./credentials";
import { useId } from "../lib/useId";

interface Props {
  schema: CredentialsSchema;
  values: Values;
  errors: Texts;
  /* linked accounts that a test has found; null: not tested yet */
  found?: string[] | null;
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

interface ControlProps extends FieldProps {
  control: ControlAttributes;
  text: string;
}

function Choice({ control, schema, value, onInput }: ControlProps) {
  return (
    <span class="input-group">
      <select
        {...control}
        class="select"
        value={value || schema.default}
        onChange={(event) => onInput(event.currentTarget.value)}
      >
        {schema.enum!.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </span>
  );
}

function Line({ control, schema, required, text, value, onInput }: ControlProps) {
  const [revealed, setRevealed] = useState(false);
  const secret = schema.writeOnly === true;
  /* the JSX types know each kind of input, but none that changes its kind */
  const type = (secret && !revealed ? "password" : "text") as "text";

  return (
    <span class="input-group">
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
      {secret && <Reveal name={text} revealed={revealed} onChange={setRevealed} />}
    </span>
  );
}

function Lines({ control, schema, required, text, value, onInput }: ControlProps) {
  return (
    <SecretLines
      control={control}
      name={text}
      secret={schema.writeOnly === true}
      required={required}
      rows={5}
      value={value}
      onInput={onInput}
    />
  );
}

/* What the server gives: to be copied to where it is wanted. */
function Given({ control, schema }: ControlProps) {
  return (
    <span class="input-group">
      <input
        {...control}
        class="input mono"
        type="text"
        readOnly
        value={schema.const ?? ""}
        onFocus={(event) => event.currentTarget.select()}
      />
    </span>
  );
}

function CredentialField(props: FieldProps) {
  const { name, schema, required, error } = props;
  const text = label(name, schema);
  const Control =
    schema.readOnly === true ? Given :
    schema.enum !== undefined ? Choice : schema["x-lines"] === true ? Lines : Line;

  return (
    <Field
      label={text}
      pointer={`/credentials/${pointerPart(name)}`}
      error={error}
      hint={maybe(`credential.${name}.hint`) ?? schemaTexts(schema).description}
      required={required}
    >
      {(control) => <Control {...props} control={control} text={text} />}
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
      onChange(withScope(schema, parsed), null);
    }
  };

  return (
    <div class="field">
      <label for={id}>{t("credentials.json_label")}</label>
      <SecretLines
        control={{
          id,
          "aria-invalid": broken || messages.length > 0,
          "aria-describedby": `${id}-hint ${id}-error`,
          "data-pointer": "/credentials",
        }}
        secret={holdsSecret(schema, text)}
        rows={7}
        value={text}
        onInput={input}
        name={t("credentials.json_label")}
        required={false}
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

function InputForm({ schema, values, errors, found = null, onChange }: Props) {
  const scope = scopeField(schema);

  return (
    <>
      {Object.entries(schema.properties).map(([name, field]) => name !== scope && (
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
      {/* last: which ones there are, is known once the others are tested */}
      {scope !== null && (
        <AccountScope
          label={label(scope, schema.properties[scope]!)}
          pointer={`/credentials/${pointerPart(scope)}`}
          schema={schema.properties[scope]!}
          value={values[scope] ?? schema.properties[scope]!["x-all"]!}
          error={errors[`/credentials/${pointerPart(scope)}`]}
          found={found}
          onInput={(value) => onChange({ ...values, [scope]: value }, scope)}
        />
      )}
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
