import {
  type ConfigOption,
  configOptions,
  type OptionValue,
  optionValueText,
} from "@mailseal/config";
import {
  bold,
  code,
  definition,
  paragraph,
  prose,
  reference,
  section,
  sentence,
  subsection,
  title,
} from "./roff.ts";

/** A config that beside Postfix signs the mail of users, and verifies all other mail. */
export const firstExample = `signing:
  selector: mail2026
  key: /etc/mailseal/keys/%{d}/%{s}.key
domains:
  example.com: {}
listeners:
  - protocol: milter
    listen: unix:/var/spool/postfix/mailseal/milter.sock
    socketGroup: postfix
`;

/** The same for the path of the mail itself, with a queue. */
export const secondExample = `hostname: relay.example.com
signing:
  selector: mail2026
  key: /etc/mailseal/keys/%{d}/%{s}.key
  expireAfter: 14d
listeners:
  - protocol: smtp
    direction: outbound
    listen: 127.0.0.1:2525
    mode: queue
queue:
  file: /var/lib/mailseal/queue.db
defaultBinding: out
bindings:
  out:
    nextHop: { host: smtp.example.net }
`;

const scopes = [
  "the domain in a binding in a group: `bindingGroups.NAME.bindings.NAME.domains.DOMAIN`",
  "the domain in a binding: `bindings.NAME.domains.DOMAIN`",
  "the domain in a group: `bindingGroups.NAME.domains.DOMAIN`",
  "the binding, in its group, then outside groups; then its group",
  "the domain: `domains.DOMAIN`",
  "the top level",
  "the built-in default",
];

/** mailseal.yaml(5): every option of the config file, from its schema. */
export function configPage({ date, version }: { date: string; version: string }): string {
  return [
    title({ name: "mailseal.yaml", section: "5", date, version }),
    ...section("NAME", ["mailseal.yaml \\- config file of mailseal\\-relay and mailseal\\-worker"]),
    ...section("SYNOPSIS", [bold("/etc/mailseal/mailseal.yaml")]),
    ...section("DESCRIPTION", [
      paragraph(
        "The relay and the worker share one config file, in YAML or JSON. `mailseal config check` reports every error and warning in it, and `mailseal config explain` shows the scope that decides each option. A config with an error is not used: a program does not start with it, and a running program keeps the previous one.",
      ),
      paragraph(
        "SIGHUP, or `mailseal reload`, makes a running program read the file again. Mail in progress is finished with the old config.",
      ),
    ]),
    ...section("EXAMPLES", [
      paragraph("Beside Postfix, sign the mail of users and verify all other mail:"),
      code(lines(firstExample)),
      paragraph("Accept mail by SMTP, sign it, and let the worker deliver it:"),
      code(lines(secondExample)),
    ]),
    ...section("VALUES", [
      definition(
        bold("duration"),
        prose(
          "A number with a unit: `300ms`, `30s`, `5m`, `12h`, `7d`, `2w`. A number without a unit is in seconds.",
        ),
      ),
      definition(
        bold("size"),
        prose(
          "A number with a unit: `64KB`, `50MB`, `1GB`, where 1 KB has 1024 octets. A number without a unit is in octets.",
        ),
      ),
      definition(
        bold("${NAME}"),
        prose(
          "In any value, this is the environment variable `NAME`; `${NAME:-text}` has a default, and `$${` is a literal `${`.",
        ),
      ),
      definition(
        bold("paths"),
        prose("A relative path is relative to the directory of the config file."),
      ),
    ]),
    ...section("SCOPES", [
      paragraph(
        "The options of the sections signing and verification can be set at several levels. Each option takes its value from the first of these levels that sets it:",
      ),
      ...scopes.map((scope, index) => `.IP ${index + 1}. 4\n${prose(sentence(scope))}`),
      paragraph(
        "The domain is the one in From. `*.example.com` matches every subdomain, and `*` every domain; an exact domain takes precedence over a pattern, and a longer pattern over a shorter one. All other options hold for the whole file.",
      ),
    ]),
    ...section("OPTIONS", [
      paragraph(
        "In names, NAME is the key of a map, such as a domain or the name of a binding, and [] an item of a list.",
      ),
      ...optionGroups().flatMap(groupText),
    ]),
    ...section("FILES", [
      definition(
        bold("/etc/mailseal/mailseal.yaml"),
        prose(
          "The config file that the packages use. It may hold passwords: keep its mode at 0640.",
        ),
      ),
      definition(
        bold("/etc/mailseal/keys/DOMAIN/SELECTOR.key"),
        prose("Private keys, as `mailseal keygen -o /etc/mailseal/keys` creates them."),
      ),
    ]),
    ...section("ENVIRONMENT", [
      definition(bold("NAME"), prose("Any variable that the file names as `${NAME}`.")),
    ]),
    ...section("SEE ALSO", [
      [
        reference("mailseal", "1"),
        reference("mailseal-config", "1"),
        reference("mailseal-relay", "8"),
        reference("mailseal-worker", "8"),
      ].join(",\n"),
    ]),
    "",
  ].join("\n");
}

interface OptionGroup {
  readonly name: string;
  readonly intro: string;
  readonly options: readonly ConfigOption[];
}

/** The sections of the schema; a map of the top level, such as limits, is a group of its own. */
function optionGroups(): readonly OptionGroup[] {
  return configOptions().flatMap(({ name, places, options }) => {
    if (places.length > 0) return [{ name, intro: `Scope: ${listed(places)}.`, options }];
    const groups = new Map<string, readonly ConfigOption[]>();
    for (const option of options) {
      const group = /^(.*?)\./.exec(option.name)?.[1] ?? name;
      groups.set(group, [...(groups.get(group) ?? []), option]);
    }
    return Array.from(groups, ([group, members]) => ({
      name: group,
      intro: "Scope: the whole file.",
      options: members,
    }));
  });
}

function groupText({ name, intro, options }: OptionGroup): readonly string[] {
  return subsection(name, [paragraph(intro), ...options.map(optionDefinition)]);
}

function optionDefinition({
  name,
  value,
  defaultText,
  isRequired,
  description,
}: ConfigOption): string {
  const type = optionValueText(value, (text) => `\`${text}\``);
  return definition(
    bold(name),
    [
      prose(sentence(description, literalsOf(value))),
      ".br",
      prose(`Type: ${type === "true, false" ? "`true` or `false`" : type}.`),
      ...(defaultText === undefined ? [] : [prose(`Default: \`${defaultText}\`.`)]),
      ...(isRequired ? ["This option is required."] : []),
    ].join("\n"),
  );
}

/** The values that a description may start with. */
function literalsOf(value: OptionValue): readonly string[] {
  switch (value.kind) {
    case "literals":
      return value.literals;
    case "type":
      return value.name === "true, false" ? ["true", "false"] : [];
    case "list":
    case "map":
      return literalsOf(value.of);
    case "either":
      return value.values.flatMap(literalsOf);
  }
}

function listed(places: readonly string[]): string {
  return places.map((place) => `\`${place}\``).join(", ");
}

function lines(text: string): readonly string[] {
  return text.trimEnd().split("\n");
}
