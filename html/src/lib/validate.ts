/*
 * The checks that a form makes itself.  The server makes them again, and its
 * word counts; codes are the server's, so that both speak the same texts.
 */

import type { CredentialsSchema, FieldSchema } from "../api/types";

/* Code by JSON pointer of the request body. */
export type Faults = Record<string, string>;

export interface TagRow {
  id: number;
  key: string;
  value: string;
}

export function pointerPart(name: string): string {
  return name.replace(/~/g, "~0").replace(/\//g, "~1");
}

/* The same folding as the server's uniqueness, near enough for a hint. */
export function sameName(one: string, other: string): boolean {
  const fold = (text: string) => text.trim().normalize("NFC").toLowerCase();
  return fold(one) === fold(other);
}

/*
 * What the server refuses for sure; whether a script needs a joiner or a variant
 * where it stands, is the server's word.
 */
export function hidden(text: string): boolean {
  const needed = /[\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e01ef}]/gu;

  return /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u.test(
    text.replace(needed, ""),
  );
}

export function nameFault(name: string): string | null {
  const length = [...name.trim().normalize("NFC")].length;

  if (length === 0) {
    return "required";
  }
  if (hidden(name)) {
    return "hidden";
  }
  return length < 2 || length > 64 ? "length" : null;
}

function fieldFault(
  value: string,
  schema: FieldSchema,
  required: boolean,
): string | null {
  const length = [...value].length;

  if (value === "") {
    return required ? "required" : null;
  }
  if (length < (schema.minLength ?? 0) || length > (schema.maxLength ?? Infinity)) {
    return "length";
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return "enum";
  }
  return schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)
    ? "format"
    : null;
}

export function credentialFaults(
  values: Record<string, string>,
  schema: CredentialsSchema,
): Faults {
  const faults: Faults = {};

  for (const [name, field] of Object.entries(schema.properties)) {
    const required = schema.required.includes(name);
    const fault = fieldFault((values[name] ?? "").trim(), field, required);
    if (fault !== null) {
      faults[`/credentials/${pointerPart(name)}`] = fault;
    }
  }
  return faults;
}

export interface TagFault {
  key: string | null;
  value: string | null;
}

export function tagFaults(rows: TagRow[]): TagFault[] {
  const seen = new Set<string>();

  return rows.map(({ key, value }): TagFault => {
    const name = key.trim().normalize("NFC");
    const twice = seen.has(name);
    const length = [...name].length;

    seen.add(name);
    return {
      key:
        length === 0 ? "tag_key" :
        twice ? "tag_twice" :
        length > 128 ? "length" :
        !/^[\p{L}\p{M}\p{N}_]+$/u.test(name) ? "tag_format" : null,
      value: [...value].length > 256 ? "length" : null,
    };
  });
}

export function hasTagFault(rows: TagRow[]): boolean {
  return tagFaults(rows).some(({ key, value }) => key !== null || value !== null);
}

export function tagsOf(rows: TagRow[]): Record<string, string> {
  return Object.fromEntries(
    rows.map(({ key, value }) => [key.trim().normalize("NFC"), value.trim()]),
  );
}

export function sameTags(
  one: Record<string, string>,
  other: Record<string, string>,
): boolean {
  const keys = Object.keys(one);

  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => one[key] === other[key])
  );
}

let rowId = 0;

export function tagRow(key = "", value = ""): TagRow {
  return { id: ++rowId, key, value };
}

export function tagRows(tags: Record<string, string>): TagRow[] {
  return Object.entries(tags).map(([key, value]) => tagRow(key, value));
}
