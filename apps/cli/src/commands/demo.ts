import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
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
import { createSigner, SigningError } from "@mailseal/signer";
import { fromMailboxes, splitMessage } from "@mailseal/syntax";
import { verify } from "@mailseal/verifier";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { readWhole } from "../input.ts";
import { packageFile } from "../package-file.ts";
import { reportText } from "../report-text.ts";
import { writeSecret } from "../secret-file.ts";
import { paint, print } from "../terminal.ts";

const sample: string = packageFile("demo/message.eml");
const maxMessageBytes = 256 * 1024 * 1024;

export function demoCommand(finish: (code: ExitCode) => void): Command {
  return new Command("demo")
    .summary("make keys, sign a message with them and verify it")
    .description(
      "Show the whole way in a temporary directory: two keys, their DNS records, a message signed with both and verified against those records.",
    )
    .argument("[file]", "the message (default: a bundled one)", sample)
    .addHelpText(
      "after",
      "\nExit: 0 both signatures pass, 1 they do not or the message cannot be signed, 3 unreadable",
    )
    .action(async (file: string) => {
      finish(await demo(file));
    });
}

async function demo(file: string): Promise<ExitCode> {
  const message = await readWhole(file, maxMessageBytes);
  const domain = authorDomain(file, message);
  const directory = await mkdtemp(join(tmpdir(), "mailseal-demo-"));

  await heading("1. Two keys");
  const keys = [
    { selector: "rsa1", key: await generateKeyAsync({ type: "rsa" }) },
    { selector: "ed1", key: await generateKeyAsync({ type: "ed25519" }) },
  ];
  for (const { selector, key } of keys) {
    const keyFile = join(directory, domain, `${selector}.key`);
    await writeSecret(keyFile, key.toPem(), "keep");
    await print(`${keyFile}  (${key.type}, ${key.bits} bits)\n`);
  }

  await heading("2. The DNS records to publish");
  const zone = keys.map(({ selector, key }) => zoneLine(selector, domain, key)).join("\n");
  await writeFile(join(directory, "zone"), `${zone}\n`);
  await print(`${zone}\n`);

  await heading("3. The message, signed with both");
  const signed = sign(file, message, domain, keys);
  const signedFile = join(directory, "signed.eml");
  await writeFile(signedFile, signed.toBytes());
  await print(`${signed.fields.replaceAll("\r\n", "\n")}... and the message: ${signedFile}\n`);

  await heading("4. The verdict of a receiver that finds those records in DNS");
  const report = await verify(signed.toBytes(), {
    keys: keySource(staticResolver(parseZone(zone))),
  });
  await print(`${reportText(signedFile, report)}\n`);
  const made = report.signatures.slice(0, keys.length);
  return made.every(({ result }) => result === "pass") ? exitCode.ok : exitCode.no;
}

async function heading(text: string): Promise<void> {
  await print(`\n${paint("bold", text)}\n`);
}

function zoneLine(selector: string, domain: string, key: PrivateKey): string {
  return formatZoneLine(keyRecordName(selector, domain), formatKeyRecord(key.publicKey));
}

/** Signing for the author's own domain is what makes a signature count for DMARC. */
function authorDomain(file: string, message: Uint8Array): string {
  const [author] = fromMailboxes(splitMessage(message));
  if (author === undefined) {
    throw new CommandFailure(
      exitCode.no,
      `${file}: expected a mail message with an address in From, found none`,
    );
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
    throw error;
  }
}
