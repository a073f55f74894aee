import { mkdtemp, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyAsync, type PrivateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  formatZoneLine,
  keyRecordName,
  keySource,
  parseZone,
  staticResolver,
} from "@mailseal/dns-record";
import { helpEnd, packageFile } from "@mailseal/service/command-line";
import { paint } from "@mailseal/service/terminal";
import { createSigner, SigningError } from "@mailseal/signer";
import { fromMailboxes, splitMessage } from "@mailseal/syntax";
import { type VerificationReport, verify } from "@mailseal/verifier";
import { Argument, Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { asUnusable, readWhole } from "../files/input.ts";
import { cannotWrite, writeSecret } from "../files/secret-file.ts";
import { print } from "../output/output.ts";
import { reportJson } from "../output/report-json.ts";
import { reportText } from "../output/report-text.ts";

const sample: string = packageFile(import.meta.url, "demo/message.eml");
const maxMessageBytes = 256 * 1024 * 1024;

export function demoCommand(finish: (code: ExitCode) => void): Command {
  return new Command("demo")
    .summary("create keys, sign a message and verify it")
    .description(
      "Show every step in a temporary directory: create two keys and their DNS records, sign a message with both, and verify it against those records.",
    )
    .addArgument(new Argument("[file]", "the message").default(sample, "a sample message"))
    .option(
      "--json",
      "print {keys, zone, fields} and the output of verify --json as one JSON object",
    )
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "both signatures pass",
          1: "a signature does not pass, or the message cannot be signed",
          3: "the message cannot be read, or a file cannot be written",
        },
        examples: ["mailseal demo", "mailseal demo my.eml"],
      }),
    )
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const shown = await demo(file);
      await (options.json === true ? printJson(shown) : printText(shown));
      const made = shown.report.signatures.slice(0, shown.keys.length);
      finish(made.every(({ result }) => result === "pass") ? exitCode.ok : exitCode.no);
    });
}

/** Everything that the steps produced. */
interface Demo {
  readonly keys: readonly { readonly file: string; readonly key: PrivateKey }[];
  /** One line per record. */
  readonly zone: readonly string[];
  readonly fields: string;
  readonly signedFile: string;
  readonly report: VerificationReport;
}

async function demo(file: string): Promise<Demo> {
  const message = await readWhole(file, maxMessageBytes);
  const domain = authorDomain(file, message);
  const made = [
    { selector: "rsa1", key: await generateKeyAsync({ type: "rsa" }) },
    { selector: "ed1", key: await generateKeyAsync({ type: "ed25519" }) },
  ];
  const signed = sign(file, message, domain, made);
  const directory = await temporaryDirectory();
  const keys = made.map(({ selector, key }) => ({
    file: join(directory, domain, `${selector}.key`),
    key,
  }));
  for (const { file: keyFile, key } of keys) {
    await writeSecret(keyFile, key.toPem(), "keep");
  }
  const zone = made.map(({ selector, key }) => zoneLine(selector, domain, key));
  await write(join(directory, "zone"), `${zone.join("\n")}\n`);
  const signedFile = join(directory, "signed.eml");
  await write(signedFile, signed.toBytes());
  const report = await verify(signed.toBytes(), {
    keys: keySource(staticResolver(parseZone(zone.join("\n")))),
  });
  return { keys, zone, fields: signed.fields, signedFile, report };
}

async function temporaryDirectory(): Promise<string> {
  const parent = tmpdir();
  return mkdtemp(join(parent, "mailseal-demo-")).catch((error: unknown) => {
    throw cannotWrite(parent, error);
  });
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(file, content).catch((error: unknown) => {
    throw cannotWrite(file, error);
  });
}

async function printText({ keys, zone, fields, signedFile, report }: Demo): Promise<void> {
  await heading("1. Two keys");
  for (const { file, key } of keys) {
    await print(`${file}  (${key.type}, ${key.bits} bits)\n`);
  }
  await heading("2. The DNS records to publish");
  await print(`${zone.join("\n")}\n`);
  await heading("3. The message, signed with both");
  await print(`${fields.replaceAll("\r\n", "\n")}... and the message: ${signedFile}\n`);
  await heading("4. The verdict of a receiver that finds these records in DNS");
  await print(`${reportText(signedFile, report)}\n`);
}

async function printJson({ keys, zone, fields, signedFile, report }: Demo): Promise<void> {
  const shown = {
    keys: keys.map(({ file, key: { type, bits } }) => ({ file, type, bits })),
    zone,
    fields,
    ...reportJson(signedFile, report, hostname()),
  };
  await print(`${JSON.stringify(shown)}\n`);
}

async function heading(text: string): Promise<void> {
  await print(`\n${paint("bold", text)}\n`);
}

function zoneLine(selector: string, domain: string, key: PrivateKey): string {
  return formatZoneLine(keyRecordName(selector, domain), formatKeyRecord(key.publicKey));
}

/** A signature counts for DMARC only if it is made for the domain of the author. */
function authorDomain(file: string, message: Uint8Array): string {
  const [author] = fromMailboxes(splitMessage(message));
  if (author === undefined) {
    throw new CommandFailure(exitCode.no, `${file}: no address in From; expected a mail message`);
  }
  return author.domain;
}

function sign(
  file: string,
  message: Uint8Array,
  domain: string,
  keys: readonly { readonly selector: string; readonly key: PrivateKey }[],
): ReturnType<ReturnType<typeof createSigner>["sign"]> {
  try {
    return createSigner(keys.map(({ selector, key }) => ({ domain, selector, key }))).sign(message);
  } catch (error) {
    if (error instanceof SigningError) {
      throw new CommandFailure(exitCode.no, `${file}: ${error.message}`);
    }
    throw asUnusable(file, error);
  }
}
