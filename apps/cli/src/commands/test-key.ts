import { keySource } from "@mailseal/dns-record";
import { printable } from "@mailseal/syntax";
import { Command } from "commander";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { readKey } from "../files/key-file.ts";
import { addDnsOptions, type DnsOptions, resolverFor } from "../options/dns.ts";
import { print } from "../output/output.ts";
import { paint, wrap } from "../output/terminal.ts";
import { checkedName } from "./keygen.ts";

interface TestKeyOptions extends DnsOptions {
  readonly domain: string;
  readonly selector: string;
  readonly key: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

/** Whether what DNS publishes fits the private key; `reason` says it to a person. */
interface KeyTest {
  readonly name: string;
  readonly result: "match" | "mismatch" | "missing" | "revoked" | "unusable" | "dns-failure";
  readonly reason: string;
}

export function testKeyCommand(finish: (code: ExitCode) => void): Command {
  const command = new Command("test-key")
    .summary("does a private key match what DNS publishes?")
    .description("Compare a private key with the public key that DNS has for it.")
    .requiredOption("-d, --domain <domain>", "the domain that signs")
    .requiredOption("-s, --selector <selector>", "the name of the key")
    .requiredOption("-k, --key <file>", "private key file")
    .option("--passphrase-file <file>", "its first line opens an encrypted key")
    .option("--json", "print {name, result, reason} as JSON");
  return addDnsOptions(command)
    .addHelpText(
      "after",
      `
Exit: 0 they match, 1 they do not or there is no record, 2 wrong use, 3 the key
      cannot be read, 75 DNS failed for the time being

Example:
  mailseal test-key -d example.com -s mail2026 -k mail2026.key`,
    )
    .action(async (options: TestKeyOptions) => {
      const test = await testKey(options);
      const colour = test.result === "match" ? "green" : "red";
      await print(
        options.json === true
          ? `${JSON.stringify(test)}\n`
          : `${paint(colour, test.result)}\n${wrap(printable(`${test.name}: ${test.reason}`), "  ")}\n`,
      );
      finish(
        test.result === "match"
          ? exitCode.ok
          : test.result === "dns-failure"
            ? exitCode.temporary
            : exitCode.no,
      );
    });
}

async function testKey(options: TestKeyOptions): Promise<KeyTest> {
  const name = checkedName(options.selector, options.domain);
  const { publicKey } = await readKey(options.key, options);
  const [selector = "", domain = ""] = name.split("._domainkey.");
  const lookup = await keySource(await resolverFor(options)).find(selector, domain);
  switch (lookup.status) {
    case "nxdomain":
    case "nodata":
      return {
        name,
        result: "missing",
        reason: "DNS has no key record; publish it before signing",
      };
    case "found":
      break;
    default:
      return { name, result: "dns-failure", reason: `${lookup.reason}; try again later` };
  }
  const readable = lookup.candidates.filter((candidate) => candidate.ok);
  if (readable.some((candidate) => candidate.publicKey?.equals(publicKey) === true)) {
    return { name, result: "match", reason: "DNS publishes the public half of this key" };
  }
  if (readable.some(({ publicKey: other }) => other !== undefined)) {
    return {
      name,
      result: "mismatch",
      reason: "DNS publishes another key; publish this one's record, or sign with the other key",
    };
  }
  if (readable.some(({ record }) => record.publicKey.length === 0)) {
    return { name, result: "revoked", reason: "DNS says that this key is revoked (p= is empty)" };
  }
  const problem = lookup.candidates
    .map((candidate) => (candidate.ok ? candidate.keyProblem?.reason : candidate.reason))
    .find((reason) => reason !== undefined);
  return {
    name,
    result: "unusable",
    reason: `the record cannot be used: ${problem ?? "it holds no key"}`,
  };
}
