import {
  type Advice,
  formatZoneLine,
  lintKeyRecord,
  parseKeyRecord,
  parseZone,
  type TxtAnswer,
  type Zone,
} from "@mailseal/dns-record";
import { helpEnd } from "@mailseal/service/command-line";
import { paint, wrap } from "@mailseal/service/terminal";
import { printable } from "@mailseal/syntax";
import { Argument, Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { readText, standardInput } from "../files/input.ts";
import { readKey } from "../files/key-file.ts";
import { addDnsOptions, type DnsOptions, resolverFor } from "../options/dns.ts";
import {
  addRecordOptions,
  type FormatOptions,
  formatOption,
  type RecordOptions,
  recordText,
} from "../options/key-record.ts";
import {
  addKeyNameOptions,
  addKeyOptions,
  checkedName,
  type KeyNameOptions,
  type KeyOptions,
} from "../options/key.ts";
import { print } from "../output/output.ts";
import { publishCommand, revokeCommand } from "./record-publish.ts";

const maxRecordBytes = 64 * 1024;

export function recordCommand(finish: (code: ExitCode) => void): Command {
  return new Command("record")
    .summary("print, publish, check or look up key records")
    .description("Print, publish, check and look up the DNS records that publish keys.")
    .addCommand(showCommand())
    .addCommand(publishCommand(finish))
    .addCommand(revokeCommand(finish))
    .addCommand(lintCommand(finish))
    .addCommand(lookupCommand(finish));
}

interface ShowOptions extends KeyOptions, RecordOptions, FormatOptions {
  readonly json?: boolean;
}

function showCommand(): Command {
  const command = addKeyOptions(new Command("show"))
    .summary("print the record for a private key")
    .description("Print the DNS record that publishes the public key of a private key.");
  return addRecordOptions(command)
    .addOption(formatOption())
    .option("--json", "print {name, record, zone} as JSON")
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the record was printed", 3: "the key cannot be read" },
        examples: ["mailseal record show -d example.com -s mail2026 -k mail2026.key"],
      }),
    )
    .action(async (options: ShowOptions) => {
      const name = checkedName(options);
      const { publicKey } = await readKey(options.key, options);
      const record = recordText(publicKey, options);
      const zone = formatZoneLine(name, record, { style: options.format });
      await print(`${options.json === true ? JSON.stringify({ name, record, zone }) : zone}\n`);
    });
}

function lintCommand(finish: (code: ExitCode) => void): Command {
  return new Command("lint")
    .summary("report errors and weaknesses in a record")
    .description("Check the text of a key record and advise what to change.")
    .addArgument(
      new Argument(
        "[record]",
        "the record, such as 'v=DKIM1; p=...', or zone file lines; - reads standard input",
      ).default(standardInput, "standard input"),
    )
    .option(
      "--json",
      "print {record, advice} as JSON, or [{name, record, advice}] for zone file lines",
    )
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "no errors; there may be warnings",
          1: "at least one error",
          3: "the record cannot be read",
        },
        examples: [
          "mailseal record lint 'v=DKIM1; k=rsa; p=MIIBIjANBg...'",
          "mailseal record lint < record.txt",
          "opendkim-genkey -d example.com -s mail2026 && mailseal record lint < mail2026.txt",
        ],
      }),
    )
    .action(async (record: string, options: { readonly json?: boolean }) => {
      const text =
        record === standardInput ? (await readText(record, maxRecordBytes)).trimEnd() : record;
      const zone = looksLikeZone(text) ? parseZone(text) : undefined;
      await (zone === undefined
        ? lintRecord(text, options, finish)
        : lintZone(zone, options, finish));
    });
}

interface LintOptions {
  readonly json?: boolean;
}

/** True for a TXT record with its owner, as in a zone file. A bare record starts with a tag. */
function looksLikeZone(text: string): boolean {
  return !/^\s*["']?\s*[A-Za-z]\s*=/.test(text) && /(?:^|\s)(?:TXT|CNAME)\s/i.test(text);
}

async function lintRecord(
  record: string,
  { json }: LintOptions,
  finish: (code: ExitCode) => void,
): Promise<void> {
  const advice = lintKeyRecord(record);
  await print(json === true ? `${JSON.stringify({ record, advice })}\n` : adviceText(advice));
  finish(endOf(advice));
}

/** Prints the problems of the file itself, then the advice for each name in it. */
async function lintZone(
  { entries, problems }: Zone,
  { json }: LintOptions,
  finish: (code: ExitCode) => void,
): Promise<void> {
  const unread = problems.map(({ line, reason }): Advice => {
    return {
      level: "error",
      code: "syntax",
      message: `Line ${line} of the zone file cannot be read: ${reason}.`,
      advice: "Correct the line: a name server may refuse the whole file.",
    };
  });
  const linted = Array.from(entries, ([name, answer]) => {
    const records = Array.isArray(answer) ? answer : [];
    const alias = "cname" in answer;
    return { name, record: records.join("\n"), advice: alias ? [] : lintKeyRecord(records) };
  });
  const all = [...unread, ...linted.flatMap(({ advice }) => advice)];
  if (all.length === 0 && linted.length === 0) {
    throw new CommandFailure(
      exitCode.no,
      'there is no record in these zone file lines; expected NAME IN TXT "v=DKIM1; ..."',
    );
  }
  if (json === true) {
    const file = unread.length === 0 ? [] : [{ name: "", record: "", advice: unread }];
    await print(`${JSON.stringify([...file, ...linted])}\n`);
  } else {
    if (unread.length > 0) await print(adviceText(unread));
    for (const { name, advice } of linted) {
      await print(`${paint("bold", printable(name))}\n${adviceText(advice)}`);
    }
  }
  finish(linted.length === 0 ? exitCode.no : endOf(all));
}

interface LookupOptions extends KeyNameOptions, DnsOptions {
  readonly json?: boolean;
}

function lookupCommand(finish: (code: ExitCode) => void): Command {
  const command = addKeyNameOptions(new Command("lookup"))
    .summary("look up a published record, and check it")
    .description("Look up the key record of a domain and selector in DNS, and check it.")
    .option("--json", "print {name, answer, advice} as JSON");
  return addDnsOptions(command)
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the record was found and has no errors",
          1: "there is no record, or it has errors",
          75: "DNS failed; try again later",
        },
        examples: ["mailseal record lookup -d example.com -s mail2026"],
      }),
    )
    .action(async (options: LookupOptions) => {
      const name = checkedName(options);
      const resolver = await resolverFor(options);
      const answer = await resolver.resolveTxt(name);
      const records = answer.status === "found" ? answer.records : [];
      const advice = records.length === 0 ? [] : lintKeyRecord(records);
      await print(
        options.json === true
          ? `${JSON.stringify({ name, answer, advice })}\n`
          : `${answerText(name, answer)}${answer.status === "found" ? adviceText(advice) : ""}`,
      );
      finish(answer.status === "found" ? endOf(advice) : endOfMissing(answer));
    });
}

function answerText(name: string, answer: TxtAnswer): string {
  switch (answer.status) {
    case "found": {
      const ttl = answer.ttlSeconds === undefined ? "" : `, TTL ${answer.ttlSeconds} s`;
      const validated = answer.authenticated === true ? ", DNSSEC-validated" : "";
      const records = answer.records.map((text) => `${wrap(describeRecord(text), "  ")}\n`);
      return `${paint("bold", name)}${ttl}${validated}\n${records.join("")}`;
    }
    case "nxdomain":
      return `${name}: there is no such name in DNS; publish the record there\n`;
    case "nodata":
      return `${name}: the name exists, but has no TXT record; publish the record there\n`;
    default:
      return `${name}: DNS failed (${answer.status}): ${printable(answer.reason)}; try again later\n`;
  }
}

function describeRecord(text: string): string {
  const parsed = parseKeyRecord(text);
  return parsed.ok ? printable(text) : `${printable(text)} [not a usable key record]`;
}

function adviceText(advice: readonly Advice[]): string {
  if (advice.length === 0) {
    return `${paint("green", "No problems found.")}\n`;
  }
  const colours = { error: "red", warning: "yellow", note: "cyan" } as const;
  return advice
    .map(({ level, message, advice: todo }) => {
      const text = wrap(`${printable(message)} ${printable(todo)}`, "         ");
      return `${paint(colours[level], level.padEnd(9))}${text.slice(9)}\n`;
    })
    .join("");
}

function endOf(advice: readonly Advice[]): ExitCode {
  return advice.some(({ level }) => level === "error") ? exitCode.no : exitCode.ok;
}

/** NXDOMAIN and NODATA are final; anything else may succeed later. */
function endOfMissing(answer: TxtAnswer): ExitCode {
  return answer.status === "nxdomain" || answer.status === "nodata"
    ? exitCode.no
    : exitCode.temporary;
}
