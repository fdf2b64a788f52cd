/*
 * Credentials as JSON text and back.
 */

import type { CredentialsSchema, Provider, SchemaTexts } from "../api/types";
import { maybe } from "../i18n";
import { without } from "../lib/faults";
import { pointerPart } from "../lib/validate";
import type { Faults } from "../lib/validate";
import { getState } from "../store/store";

export type Values = Record<string, string>;

/* What a schema or a field of it says in the language of the page. */
export function schemaTexts(schema: SchemaTexts & { "x-ko"?: SchemaTexts }): SchemaTexts {
  return getState().lang === "ko" ? { ...schema, ...schema["x-ko"] } : schema;
}

/* Whom to ask, in the language of the page; a name stays as it is. */
export function contactOf({ id, contact }: Provider): string {
  return maybe(`contact.${id}`) ?? contact;
}

/* The field that chooses one linked account or all, where there is one. */
export function scopeField(schema: CredentialsSchema): string | null {
  const found = Object.entries(schema.properties).find(
    ([, field]) => field["x-all"] !== undefined,
  );
  return found?.[0] ?? null;
}

/* Nothing chosen yet means all. */
export function withScope(schema: CredentialsSchema, values: Values): Values {
  const name = scopeField(schema);
  const all = name === null ? undefined : schema.properties[name]!["x-all"];

  return name === null || all === undefined || values[name] !== undefined
    ? values
    : { ...values, [name]: all };
}

/* "One", of which it is not known yet which one: no form that is accepted. */
export function unchosen(all: string): string {
  return all === "" ? "?" : "";
}

/* One linked account is meant, chosen or not: what is left else means all. */
export function choosesOne(all: string, value: string): boolean {
  return value === unchosen(all) || (value !== all && !/\D/.test(value.trim()));
}

/* Faults, but for the one linked account that is still to be picked. */
export function withoutUnchosen(
  faults: Faults,
  scope: string,
  values: Values,
  schema: CredentialsSchema,
): Faults {
  const all = schema.properties[scope]!["x-all"]!;

  return values[scope] === unchosen(all)
    ? without(faults, `/credentials/${pointerPart(scope)}`)
    : faults;
}

/* The fields that people fill in. */
function typed(schema: CredentialsSchema): string[] {
  return Object.keys(schema.properties).filter(
    (name) => schema.properties[name]!.readOnly !== true,
  );
}

export function credentialsText(schema: CredentialsSchema, values: Values): string {
  const names = typed(schema);
  const all = Object.fromEntries(names.map((name) => [name, values[name] ?? ""]));

  return JSON.stringify(all, null, 2);
}

/* Whether a secret is among what has been written, finished or not. */
export function holdsSecret(schema: CredentialsSchema, text: string): boolean {
  return Object.entries(schema.properties).some(
    ([name, { writeOnly }]) =>
      writeOnly === true && new RegExp(`"${name}"\\s*:\\s*"[^"]`).test(text),
  );
}

/* null: not an object of texts with names that the schema knows. */
export function parseCredentials(
  schema: CredentialsSchema,
  text: string,
): Values | null {
  let parsed: unknown;

  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return null;
  }

  const entries = Object.entries(parsed as Record<string, unknown>);
  const names = typed(schema);
  const fits = entries.every(
    ([name, value]) => typeof value === "string" && names.includes(name),
  );
  return fits ? (Object.fromEntries(entries) as Values) : null;
}
