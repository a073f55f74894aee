import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type OpendkimOption, opendkimOptions } from "../../../src/import/opendkim/options.ts";

const page = new URL("../../../../../docs/guides/from-opendkim.md", import.meta.url);
const begin =
  "<!-- opendkim options: written by apps/cli/test/import/opendkim/option-table.test.ts, with UPDATE_DOCS=1 -->\n";
const end = "<!-- /opendkim options -->";

/** Options that the import reads together with others, in the words of the page. */
const together = new Map([
  ["AlwaysAddARHeader", "`verification.actions.none`: `header`, or `accept` without it"],
  ["AuthservID", "`authservId`; `HOSTNAME` is the default"],
  ["BaseDirectory", "relative paths are resolved with it"],
  ["Domain", "`domains`; ignored with KeyTable"],
  ["ExemptDomains", "a domain with `sign: false` and `verify: false`"],
  ["Include", "the settings of that file are read in its place"],
  ["InternalHosts", "`relayNetworks` of the listener, with `!` exclusions; default: 127.0.0.1"],
  ["KeyFile", "`key` of each domain; ignored with KeyTable"],
  ["KeyTable", "`signing.table`: selector and key of its rows"],
  ["Mode", "`direction` of the listener: s is `outbound`, v is `inbound`, sv is `auto`"],
  ["MultipleSignatures", "`signing.table.match: all`"],
  ["MustBeSigned", "`verification.requiredFields`"],
  ["OmitHeaders", "left out of `signing.headers`, with `*`, `+` and `-`"],
  ["On-Default", "`verification.actions` of the results that nothing else sets"],
  ["OversignHeaders", "`signing.oversign`"],
  ["PeerList", "`ignoreNetworks` of the listener"],
  ["Quarantine", "`verification.actions.fail: quarantine`"],
  ["RemoveOldSignatures", "`signing.removeOldSignatures`, only for signatures of your own domains"],
  ["RequireSafeKeys", "`keys.checkPermissions: refuse`; no: `warn`, and `keys.allowWritable`"],
  ["Selector", "`selector` of each domain; ignored with KeyTable"],
  ["SignHeaders", "`signing.headers`, each with `+`: signed if present, absence is not signed"],
  ["SigningTable", "`signing.table`: the rows"],
  ["Socket", "`listen` of the listener"],
  ["SubDomains", 'a scope `"*.domain"` with `domain` and `identity`; ignored with KeyTable'],
  ["TrustSignaturesFrom", "`verification.trustedSigners`"],
  ["UMask", "`socketMode` of the listener"],
]);

function fateOf(option: OpendkimOption): string {
  switch (option.kind) {
    case "carried":
      return `\`${option.into}\``;
    case "not-needed":
      return `not needed: ${option.why}`;
    default:
      return `not carried over: ${option.todo}`;
  }
}

const names = readFileSync(new URL("../fixtures/opendkim/options.txt", import.meta.url), "utf8")
  .trim()
  .split("\n");

function table(): string {
  const rows = names.map((name) => {
    const option = opendkimOptions.get(name.toLowerCase());
    const fate = option === undefined ? together.get(name) : fateOf(option);
    return `| \`${name}\` | ${fate?.replaceAll("|", "\\|") ?? "unknown"} |`;
  });
  return ["| OpenDKIM | Mailseal |", "| --- | --- |", ...rows].join("\n");
}

test("the guide has the fate of every option of opendkim.conf(5)", () => {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (process.env["UPDATE_DOCS"] === "1") {
    writeFileSync(page, `${text.slice(0, from)}\n${table()}\n\n${text.slice(to)}`);
    return;
  }
  expect(plain(text.slice(from, to))).toBe(plain(table()));
});

test("every option is in the table of options or is read together with others, and none is unknown", () => {
  const unknown = names.filter(
    (name) => !opendkimOptions.has(name.toLowerCase()) && !together.has(name),
  );
  expect(unknown).toEqual([]);
  const twice = [...together.keys()].filter((name) => opendkimOptions.has(name.toLowerCase()));
  expect(twice).toEqual([]);
});

/** The formatter pads the cells. */
function plain(text: string): string {
  return text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
}
