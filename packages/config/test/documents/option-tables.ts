import { type ConfigOption, configOptions, optionValueText } from "../../src/index.ts";

/** The tables of docs/reference/configuration.md: one for the top level, one for each part that has a name. */
export function optionTables(): string {
  return configOptions()
    .map(({ name, options }) => `### ${name}\n\n${table(options)}\n`)
    .join("\n");
}

function table(options: readonly ConfigOption[]): string {
  return [
    "| option | value | default | meaning |",
    "| --- | --- | --- | --- |",
    ...options.map((option) => `| ${cells(option).map(escaped).join(" | ")} |`),
  ].join("\n");
}

function cells(option: ConfigOption): readonly string[] {
  const { name, value, defaultText, isRequired, description } = option;
  return [
    code(name),
    optionValueText(value, code),
    defaultText === undefined ? (isRequired ? "required" : "") : code(defaultText),
    description,
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}
