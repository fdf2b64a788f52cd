/*
 * Many accounts from a text: CSV as spreadsheets write or copy it, or JSON.
 * Nothing is guessed: a column that nobody knows is a fault of the text.
 */

import type { Provider } from "../api/types";
import { scopeField, withScope } from "../accounts/credentials";
import type { Values } from "../accounts/credentials";
import {
  credentialFaults, hasTagFault, nameFault, pointerPart, sameName, tagRows,
} from "../lib/validate";
import type { Faults } from "../lib/validate";

export interface RowInput {
  /* where it stands in the text: from 1 */
  line: number;
  provider: string;
  name: string;
  /* name, path or id; empty: the one chosen for all */
  project: string;
  tags: Record<string, string>;
  credentials: Values;
}

export interface Parsed {
  rows: RowInput[];
  /* of the text as a whole: a code, and what it is about */
  fault: { code: "form" | "empty" | "column" | "limit"; about: string } | null;
}

export const MOST_ROWS = 500;

const OWN = ["provider", "name", "project", "project_id", "tags"];

function broken(code: NonNullable<Parsed["fault"]>["code"], about = ""): Parsed {
  return { rows: [], fault: { code, about } };
}

/* What stands between fields is what the first line has most of. */
function delimiterOf(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  const counts = [",", "\t", ";"].map((mark) => line.split(mark).length);

  return [",", "\t", ";"][counts.indexOf(Math.max(...counts))]!;
}

/* RFC 4180; null: a quote that is never closed. */
export function parseCsv(text: string): string[][] | null {
  const mark = delimiterOf(text);
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let quoted = false;

  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (quoted) {
      if (c !== '"') {
        field += c;
      } else if (text[at + 1] === '"') {
        field += c;
        at++;
      } else {
        quoted = false;
      }
    } else if (c === '"' && field === "") {
      quoted = true;
    } else if (c === mark || c === "\n") {
      record.push(field);
      field = "";
      if (c === "\n") {
        records.push(record);
        record = [];
      }
    } else if (c !== "\r" || text[at + 1] !== "\n") {
      field += c;
    }
  }
  records.push([...record, field]);
  return quoted ? null : records;
}

/* "team=web; stage=prod" */
function tagsFrom(text: string): Record<string, string> {
  const pairs = text.split(";").filter((pair) => pair.trim() !== "");

  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return at === -1
        ? [pair.trim(), ""]
        : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

type Record_ = Record<string, unknown>;

function isObject(value: unknown): value is Record_ {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/* Fields of credentials may stand in the row itself, or in "credentials". */
function rowFrom(
  line: number,
  record: Record_,
  known: Set<string>,
): RowInput | { column: string } {
  const inner = isObject(record["credentials"]) ? record["credentials"] : {};
  const tags: Record<string, string> = {};
  const credentials: Values = {};
  const flat = Object.entries(record).filter(
    ([key, value]) => !(key === "credentials" && isObject(value)),
  );

  for (const [key, value] of [...flat, ...Object.entries(inner)]) {
    const tag = /^tag[:.](.+)$/.exec(key)?.[1];
    if (key === "tags" && isObject(value)) {
      Object.assign(tags, value);
    } else if (value !== null && !["string", "number"].includes(typeof value)) {
      return { column: key };
    } else if (key === "tags") {
      Object.assign(tags, tagsFrom(String(value ?? "")));
    } else if (tag !== undefined) {
      if (String(value ?? "") !== "") {
        tags[tag] = String(value);
      }
    } else if (known.has(key)) {
      credentials[key] = String(value ?? "").trim();
    } else if (!OWN.includes(key)) {
      return { column: key };
    }
  }
  if (Object.values(tags).some((value) => typeof value !== "string")) {
    return { column: "tags" };
  }
  const text = (key: string) => String(record[key] ?? "").trim();
  return {
    line,
    provider: text("provider"),
    name: text("name"),
    project: text("project_id") || text("project"),
    tags,
    credentials,
  };
}

function recordsOf(text: string): { line: number; record: Record_ }[] | null {
  if (/^[[{]/.test(text)) {
    try {
      const parsed: unknown = JSON.parse(text);
      const list = isObject(parsed) ? (parsed["service_accounts"] ?? [parsed]) : parsed;
      return Array.isArray(list) && list.every(isObject)
        ? list.map((record, at) => ({ line: at + 1, record }))
        : null;
    } catch {
      return null;
    }
  }
  const [head, ...rest] = parseCsv(text) ?? [];
  if (head === undefined) {
    return null;
  }
  const names = head.map((name) => name.trim());
  /* the case of a tag's key is its own */
  const keys = names.map((name) => (/^tag[:.]/i.test(name) ? name : name.toLowerCase()));
  return rest
    .map((fields, at) => ({ line: at + 1, fields }))
    .filter(({ fields }) => fields.some((field) => field.trim() !== ""))
    .map(({ line, fields }) => ({
      line,
      record: Object.fromEntries(
        /* more fields than columns: whatever they are, they are not known */
        fields.map((field, at) => [keys[at] ?? `${at + 1}`, field]),
      ),
    }));
}

export function parseRows(input: string, providers: Provider[]): Parsed {
  const text = input.replace(/^\uFEFF/, "").trim();
  const known = new Set(
    providers.flatMap((one) => Object.keys(one.credentials_schema.properties)),
  );

  if (text === "") {
    return broken("empty");
  }
  const records = recordsOf(text);
  if (records === null) {
    return broken("form");
  }
  if (records.length === 0) {
    return broken("empty");
  }
  if (records.length > MOST_ROWS) {
    return broken("limit", String(MOST_ROWS));
  }
  const rows: RowInput[] = [];
  for (const { line, record } of records) {
    const row = rowFrom(line, record, known);
    if ("column" in row) {
      return broken("column", row.column);
    }
    rows.push(row);
  }
  return { rows, fault: null };
}

/* Only the fields that the provider has: a table may have those of several. */
export function credentialsOf(row: RowInput, provider: Provider): Values {
  const schema = provider.credentials_schema;
  const scope = scopeField(schema);
  const entries = Object.entries(row.credentials).filter(
    ([name, value]) => name in schema.properties && value !== "",
  );
  const values = Object.fromEntries(entries);

  if (scope !== null && /^\d{4}[ -]\d{4}[ -]\d{4}$/.test(values[scope] ?? "")) {
    values[scope] = values[scope]!.replace(/\D/g, "");
  }
  return withScope(schema, values);
}

/* What can be said of a row without asking anybody. */
export function rowFaults(
  row: RowInput,
  provider: Provider | undefined,
  others: RowInput[],
): Faults {
  if (provider === undefined) {
    return { "/provider": row.provider === "" ? "required" : "not_found" };
  }
  const name = row.name === "" ? null : nameFault(row.name);
  const twice = others.some(
    (other) => other !== row && row.name !== "" && sameName(other.name, row.name),
  );
  const schema = provider.credentials_schema;
  const foreign = Object.entries(row.credentials).find(
    ([key, value]) => value !== "" && !(key in schema.properties),
  );

  return {
    ...credentialFaults(credentialsOf(row, provider), schema),
    ...(foreign === undefined
      ? {}
      : { [`/credentials/${pointerPart(foreign[0])}`]: "unknown" }),
    ...(name === null ? {} : { "/name": name }),
    ...(twice ? { "/name": "duplicate" } : {}),
    ...(hasTagFault(tagRows(row.tags)) ? { "/tags": "tag_format" } : {}),
  };
}
