import { keySource } from "@mailseal/dns-record";
import { helpEnd } from "@mailseal/service/command-line";
import { paint, wrap } from "@mailseal/service/terminal";
import { printable } from "@mailseal/syntax";
import { Command } from "commander";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { readKey } from "../files/key-file.ts";
import { addDnsOptions, type DnsOptions, resolverFor } from "../options/dns.ts";
import { addKeyOptions, checkedName, type KeyOptions } from "../options/key.ts";
import { print } from "../output/output.ts";

interface TestKeyOptions extends KeyOptions, DnsOptions {
  readonly json?: boolean;
}

/** How the published key compares with the private key; `reason` is for people. */
interface KeyTest {
  readonly name: string;
  readonly result: "match" | "mismatch" | "missing" | "revoked" | "unusable" | "dns-failure";
  readonly reason: string;
}

export function testKeyCommand(finish: (code: ExitCode) => void): Command {
  const command = addKeyOptions(new Command("test-key"))
    .summary("compare a private key with the key in DNS")
    .description("Check that the public key in DNS belongs to a private key.")
    .option("--json", "print {name, result, reason} as JSON");
  return addDnsOptions(command)
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the keys match",
          1: "the keys differ, or DNS has no usable record",
          3: "the private key cannot be read",
          75: "DNS failed; try again later",
        },
        examples: ["mailseal test-key -d example.com -s mail2026 -k mail2026.key"],
      }),
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
  const name = checkedName(options);
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
    return { name, result: "match", reason: "DNS publishes the public key of this private key" };
  }
  if (readable.some(({ publicKey: other }) => other !== undefined)) {
    return {
      name,
      result: "mismatch",
      reason:
        "DNS publishes another key; publish the record of this key, or sign with the other one",
    };
  }
  if (readable.some(({ record }) => record.publicKey.length === 0)) {
    return { name, result: "revoked", reason: "this key is revoked in DNS (p= is empty)" };
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
