/*
 * Credentials as JSON text and back.
 */

import type { CredentialsSchema, SchemaTexts } from "../api/types";
import { getState } from "../store/store";

export type Values = Record<string, string>;

/* What a schema or a field of it says in the language of the page. */
export function schemaTexts(schema: SchemaTexts & { "x-ko"?: SchemaTexts }): SchemaTexts {
  return getState().lang === "ko" ? { ...schema, ...schema["x-ko"] } : schema;
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
