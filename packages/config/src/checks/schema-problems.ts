import { nearestName, unknownOption } from "@mailseal/errors";
import type { z } from "zod";
import { isSecretOption, maskedOption } from "../loading/masked.ts";
import type { ConfigPath } from "../loading/problem.ts";
import { namesAt } from "../schema/json-schema.ts";
import { optionAliases } from "./option-aliases.ts";

type Issue = z.core.$ZodIssue;

/** A problem of the config, with its place and a message for the operator. */
export interface SchemaProblem {
  readonly path: ConfigPath;
  readonly message: string;
  readonly isDeprecation?: true;
}

const longestQuote = 60;

/** One problem for each error of the schema. For a misspelt name it suggests the nearest valid one. */
export function schemaProblems(issues: readonly Issue[]): readonly SchemaProblem[] {
  return issues.flatMap((issue): SchemaProblem[] => {
    const path = issue.path.filter((step) => typeof step !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownName(path, key) }));
    }
    return [{ path, message: describe(issue, path) }];
  });
}

function unknownName(path: ConfigPath, key: string): string {
  const names = namesAt(path);
  const ours = optionAliases.get(key.toLowerCase());
  const nearest = ours !== undefined && names.has(ours) ? ours : nearestName(key, names);
  return unknownOption(names, nearest);
}

function describe(issue: Issue, path: ConfigPath): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? `expected ${article(issue.expected)}, got nothing: this option is required`
        : `expected ${article(issue.expected)}${got(issue.input, path)}`;
    case "invalid_value":
      return oneOf(issue.values.map(String), issue.input, path);
    case "invalid_union":
      return describeUnion(issue, path);
    case "invalid_key":
      return `${issue.issues[0]?.message ?? "expected another name"}${got(path.at(-1), [])}`;
    case "too_small":
      return `expected ${bound(issue.origin, "at least", issue.minimum)}${got(issue.input, path)}`;
    case "too_big":
      return `expected ${bound(issue.origin, "at most", issue.maximum)}${got(issue.input, path)}`;
    case "invalid_format":
      return `${formatText(issue, path)}${got(issue.input, path)}`;
    default:
      return `${lowerFirst(issue.message)}${got(issue.input, path)}`;
  }
}

function describeUnion(issue: Issue & { code: "invalid_union" }, path: ConfigPath): string {
  if (issue.message !== "Invalid input" && issue.errors.length > 0) {
    return `${issue.message}${got(issue.input, path)}`;
  }
  if ("options" in issue && Array.isArray(issue.options)) {
    const options = issue.options.map(String);
    const field = path.at(-1);
    const value =
      typeof issue.input === "object" && issue.input !== null && typeof field === "string"
        ? (issue.input as Record<string, unknown>)[field]
        : issue.input;
    return oneOf(options, value, path);
  }
  const alternatives = issue.errors
    .flatMap(([first]) => (first === undefined ? [] : [describe(first, [])]))
    .map((text) => text.replace(/^expected /, "").replace(/, got .*$/, ""));
  return `expected ${[...new Set(alternatives)].join(" or ")}${got(issue.input, path)}`;
}

function oneOf(values: readonly string[], input: unknown, path: ConfigPath): string {
  const list = values.map((value) => JSON.stringify(value)).join(", ");
  const expected = values.length === 1 ? `expected ${list}` : `expected one of ${list}`;
  const nearest = typeof input === "string" ? nearestName(input, values) : undefined;
  const hint = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
  return `${expected}${got(input, path)}${hint}`;
}

/** The schema's own message if it has one, because a regular expression does not help an operator. */
function formatText(issue: Issue & { code: "invalid_format" }, path: ConfigPath): string {
  if (issue.message.startsWith("expected ")) {
    return issue.message;
  }
  if (issue.format === "regex") {
    return path.at(-1) === "socketMode" ? 'expected a mode such as "0660"' : timeOrSize(issue);
  }
  return `expected ${article(issue.format === "email" ? "mail address" : issue.format)}`;
}

function timeOrSize(issue: Issue & { code: "invalid_format" }): string {
  const pattern = "pattern" in issue ? String(issue.pattern) : "";
  return pattern.includes("KB")
    ? 'expected a size such as "64KB" or "50MB"'
    : 'expected a time such as "30s", "12h" or "7d"';
}

function bound(origin: string, words: string, limit: number | bigint): string {
  const what = new Map([
    ["string", "characters"],
    ["array", "entries"],
  ]).get(origin);
  return what === undefined ? `a number of ${words} ${limit}` : `${words} ${limit} ${what}`;
}

function article(kind: string): string {
  const names = new Map([
    ["int", "a whole number"],
    ["object", "a map of options"],
    ["record", "a map of names"],
    ["array", "a list"],
    ["boolean", "true or false"],
    ["string", "text"],
    ["url", "a URL"],
  ]);
  return names.get(kind) ?? `a ${kind}`;
}

function got(input: unknown, path: ConfigPath): string {
  if (input === undefined) {
    return "";
  }
  if (isSecretOption(String(path.at(-1)))) {
    return ", got another value (not shown, because it is secret)";
  }
  if (input === null) {
    return ", got nothing";
  }
  if (typeof input === "object") {
    return Array.isArray(input) ? ", got a list" : ", got a map";
  }
  const option = path.findLast((part) => typeof part === "string") ?? "";
  const text = JSON.stringify(maskedOption(option, input)) ?? "";
  return `, got ${text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
