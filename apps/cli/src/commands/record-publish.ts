import { formatZoneLine } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import type { RecordChange, RotationSetup } from "@mailseal/rotation";
import { helpEnd } from "@mailseal/service/command-line";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { readKey } from "../files/key-file.ts";
import { thisHost } from "../host/host.ts";
import { readPublishSettings } from "../host/publish-settings.ts";
import { addRecordOptions, type RecordOptions, recordText } from "../options/key-record.ts";
import {
  addKeyNameOptions,
  addKeyOptions,
  checkedName,
  type KeyNameOptions,
  type KeyOptions,
} from "../options/key.ts";
import { addPublishOptions, publishMethodOf, type PublishOptions } from "../options/publishing.ts";
import { count } from "../options/values.ts";
import { print } from "../output/output.ts";

/** A revoked key has an empty p= (RFC 6376 3.6.1). */
const revokedRecord = "v=DKIM1; p=";
const defaultTtlSeconds = 3600;

const exits = {
  0: "the record was handed over to DNS",
  1: "DNS cannot be changed from here: the record to publish was printed",
  3: "the key cannot be read, or the DNS server refused the change",
} as const;

interface ChangeOptions extends KeyNameOptions, PublishOptions {
  readonly ttl: number;
}

interface PublishCommandOptions extends KeyOptions, RecordOptions, ChangeOptions {}

export function publishCommand(finish: (code: ExitCode) => void): Command {
  const command = addKeyOptions(new Command("publish"))
    .summary("publish the record for a private key")
    .description(
      "Publish the public key of a private key in DNS, in the place of whatever its name has now. Without access to the zone, print the record for you to publish.",
    );
  return addChangeOptions(addRecordOptions(command))
    .addHelpText(
      "after",
      helpEnd({
        exit: exits,
        examples: [
          "mailseal record publish -d example.com -s mail2026 -k mail2026.key",
          "mailseal record publish -d example.com -s mail2026 -k mail2026.key --publish update --server 192.0.2.53 --tsig update.key",
        ],
      }),
    )
    .action(async (options: PublishCommandOptions) => {
      const { publicKey } = await readKey(options.key, options);
      finish(await change("replace", recordText(publicKey, options), options));
    });
}

export function revokeCommand(finish: (code: ExitCode) => void): Command {
  const command = addKeyNameOptions(new Command("revoke"))
    .summary("publish a key as revoked")
    .description(
      "Replace the record of a key that no longer signs by one with an empty p=, so that nobody can use a copy of the private key. Without access to the zone, print the record for you to publish.",
    );
  return addChangeOptions(command)
    .addHelpText(
      "after",
      helpEnd({
        exit: exits,
        examples: ["mailseal record revoke -d example.com -s mail2025"],
      }),
    )
    .action(async (options: ChangeOptions) => {
      finish(await change("revoke", revokedRecord, options));
    });
}

function addChangeOptions(command: Command): Command {
  return addPublishOptions(command, "as in the last mailseal setup, otherwise zone").option(
    "--ttl <seconds>",
    "TTL of the record",
    count,
    defaultTtlSeconds,
  );
}

async function change(
  action: Exclude<RecordChange["action"], "remove">,
  record: string,
  options: ChangeOptions,
): Promise<ExitCode> {
  const name = checkedName(options);
  const [selector = "", domain = ""] = name.split("._domainkey.");
  const publish = await methodOf(options);
  if (publish.method === "zone") {
    await print(instructions(name, record, options.ttl));
    return exitCode.no;
  }
  const { publisherOf } = await import("@mailseal/rotation");
  try {
    await publisherOf(publish, { environment: process.env }).apply([
      { action, domain, selector, name, record, ttlSeconds: options.ttl },
    ]);
  } catch (error) {
    if (!(error instanceof MailsealError)) throw error;
    throw new CommandFailure(exitCode.unreadable, error.message);
  }
  await print(`${name}: ${action === "revoke" ? "published as revoked" : "published"}\n`);
  return exitCode.ok;
}

async function methodOf(options: ChangeOptions): Promise<RotationSetup["publish"]> {
  if (options.publish !== undefined) return publishMethodOf(options);
  return (await readPublishSettings(thisHost))?.publish ?? { method: "zone" };
}

/** The record in both forms that people can publish: zone file text, and the fields of a form. */
function instructions(name: string, record: string, ttlSeconds: number): string {
  return [
    "Publish this record in place of the present one. In a zone file:",
    "",
    formatZoneLine(name, record, { ttlSeconds }),
    "",
    "In the form of a DNS provider:",
    "",
    `  type:  TXT`,
    `  name:  ${name}`,
    `  value: ${record}`,
    "",
  ].join("\n");
}
