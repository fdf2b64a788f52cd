/*
 * The HTTP API as TypeScript: node tools/schema.mjs [--check]
 *
 * Writes src/api/schema.ts from src/http/openapi.json of the module; --check
 * only tells whether they agree.  Covers what the document uses of JSON
 * Schema, and fails at anything else.
 */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const OPENAPI = new URL("../../src/http/openapi.json", import.meta.url);
const SCHEMA = new URL("../src/api/schema.ts", import.meta.url);
const METHODS = ["get", "put", "post", "patch", "delete"];

const HEAD = `/*
 * The HTTP API, version 1.  Made from src/http/openapi.json of the module by
 * tools/schema.mjs (npm run types): change that, not this.
 */
`;

const PRIMITIVES = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

function indent(text) {
  return text.replace(/\n/g, "\n  ");
}

/* Members as [name, type, required]. */
function object(members) {
  const lines = members.map(([name, type, required]) => {
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return `\n${key}${required ? "" : "?"}: ${type};`;
  });

  return lines.length === 0 ? "Record<string, never>" : `{${indent(lines.join(""))}\n}`;
}

function objectType({ properties, required = [], additionalProperties: more }) {
  if (properties !== undefined) {
    return object(
      Object.entries(properties).map(([name, schema]) => [
        name, typeOf(schema), required.includes(name),
      ]),
    );
  }
  return `Record<string, ${more === undefined ? "unknown" : typeOf(more)}>`;
}

function arrayOf(type) {
  return /[|{]/.test(type) ? `Array<${type}>` : `${type}[]`;
}

/* A JSON Schema as a type. */
function typeOf(schema) {
  const { $ref, const: only, enum: values, anyOf, type, items } = schema;

  if ($ref !== undefined) {
    /* "#/components/schemas/<name>", or one of its properties */
    const [name, , member] = $ref.split("/").slice(3);
    const part = member === undefined ? "" : `[${JSON.stringify(member)}]`;
    return `Schemas[${JSON.stringify(name)}]${part}`;
  }
  if (only !== undefined) {
    return JSON.stringify(only);
  }
  if (values !== undefined || anyOf !== undefined) {
    return (values?.map((value) => JSON.stringify(value)) ?? anyOf.map(typeOf)).join(" | ");
  }
  if (Array.isArray(type)) {
    return type.map((one) => typeOf({ ...schema, type: one })).join(" | ");
  }
  if (type === "object") {
    return objectType(schema);
  }
  if (type === "array") {
    return arrayOf(typeOf(items));
  }
  if (PRIMITIVES[type] === undefined) {
    throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
  return PRIMITIVES[type];
}

/* Of a query, one value may stand for a list of one. */
function parameterType({ schema }) {
  const type = typeOf(schema);
  return schema.type === "array" ? `${typeOf(schema.items)} | ${type}` : type;
}

function resolved(document, { $ref, ...own }) {
  return $ref === undefined
    ? own
    : $ref.slice(2).split("/").reduce((from, name) => from[name], document);
}

function answerType({ responses }) {
  const [, response] = Object.entries(responses).find(([status]) => /^2/.test(status));
  const json = response.content?.["application/json"]?.schema;
  /* a list with fewer members is asked for by name: see endpoints.ts */
  const whole = json?.anyOf?.[0] ?? json;
  return whole === undefined ? "undefined" : typeOf(whole);
}

function eventsOf({ responses }) {
  return responses["200"]?.content?.["text/event-stream"]?.["x-events"];
}

function operationType(document, item, operation) {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
    .map((one) => resolved(document, one));
  const members = [];

  for (const [name, place] of [["path", "path"], ["query", "query"], ["headers", "header"]]) {
    const found = parameters.filter((one) => one.in === place);
    if (found.length > 0) {
      members.push([
        name,
        object(found.map((one) => [one.name, parameterType(one), one.required === true])),
        true,
      ]);
    }
  }
  if (operation.requestBody !== undefined) {
    const { schema } = operation.requestBody.content["application/json"];
    members.push(["body", typeOf(schema), true]);
  }
  if (eventsOf(operation) !== undefined) {
    members.push(["events", objectType({
      properties: eventsOf(operation), required: Object.keys(eventsOf(operation)),
    }), true]);
  }
  return object([...members, ["answer", answerType(operation), true]]);
}

/* The text of schema.ts for an OpenAPI document. */
export function declarations(document) {
  const schemas = Object.entries(document.components.schemas)
    .map(([name, schema]) => [name, typeOf(schema), true]);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => [
      `${method.toUpperCase()} ${path}`,
      operationType(document, item, item[method]),
      true,
    ]));

  return `${HEAD}
export interface Schemas ${object(schemas)}

export interface Operations ${object(operations)}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = declarations(JSON.parse(await readFile(OPENAPI, "utf8")));
  const there = await readFile(SCHEMA, "utf8").catch(() => "");

  if (wanted !== there && process.argv.includes("--check")) {
    console.error("html/src/api/schema.ts is not of src/http/openapi.json: "
      + "run npm run types in html/");
    process.exitCode = 1;
  } else if (wanted !== there) {
    await writeFile(SCHEMA, wanted);
  }
}
