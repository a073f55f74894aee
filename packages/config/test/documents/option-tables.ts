import { configJsonSchema, type JsonSchema as Part } from "../../src/schema/json-schema.ts";

const root = configJsonSchema() as Part;

/** The tables of docs/reference/configuration.md: one for the top level, one for each part that has a name. */
export function optionTables(): string {
  const named = Object.entries(root.$defs ?? {});
  const sections = [["top level", root] as const, ...named.filter(([, part]) => part.properties)];
  return sections.map(([title, part]) => `### ${title}\n\n${table(part)}\n`).join("\n");
}

function table(part: Part): string {
  return [
    "| option | value | default | meaning |",
    "| --- | --- | --- | --- |",
    ...rows(part, "").map((cells) => `| ${cells.map(escaped).join(" | ")} |`),
  ].join("\n");
}

/** Options that are maps of their own, and have no name, stand in their parent's table with a dot. */
function rows(part: Part, prefix: string): readonly (readonly string[])[] {
  const all: (readonly string[])[] = [];
  for (const [name, option] of Object.entries(part.properties ?? {})) {
    all.push([
      `\`${prefix}${name}\``,
      valueOf(option),
      defaultOf(option, part.required?.includes(name) === true),
      option.description ?? "",
    ]);
    all.push(...rows(option, `${prefix}${name}.`));
  }
  return all;
}

function valueOf(part: Part): string {
  const alternatives = [...(part.anyOf ?? []), ...(part.oneOf ?? [])];
  if (part.allOf?.[0] !== undefined) {
    return valueOf(part.allOf[0]);
  }
  if (part.$ref !== undefined) {
    return part.$ref.replace("#/$defs/", "");
  }
  if (part.enum !== undefined) {
    return part.enum.map((value) => `\`${value}\``).join(", ");
  }
  if (part.const !== undefined) {
    return `\`${part.const}\``;
  }
  if (alternatives.length > 0) {
    return [...new Set(alternatives.map(valueOf))].join(" or ");
  }
  if (part.type === "array") {
    return `list of ${valueOf(part.items ?? {})}`;
  }
  if (part.type === "object" && typeof part.additionalProperties === "object") {
    return `map of ${valueOf(part.additionalProperties)}`;
  }
  return part.type === "object"
    ? "map"
    : part.type === "boolean"
      ? "true, false"
      : (part.type ?? "");
}

function defaultOf(part: Part, required: boolean): string {
  if (part.default === undefined || typeof part.default === "object") {
    return required && part.default === undefined ? "required" : "";
  }
  return `\`${String(part.default)}\``;
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}
