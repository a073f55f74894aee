import { findAlgorithm, algorithmNames } from "@mailseal/crypto";
import { helpEnd } from "@mailseal/service/command-line";
import {
  createSigner,
  defaultFieldPreset,
  type FieldPresetName,
  fieldPresetNames,
  type LineEndingPolicy,
  type LineEndingRepairs,
  type SignatureOptions,
  SigningError,
  type SigningErrorCode,
} from "@mailseal/signer";
import { canonicalizationPairs } from "@mailseal/syntax";
import { Argument, Command, Option } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { asUnusable, nameOf, readChunks, standardInput } from "../files/input.ts";
import { readKey } from "../files/key-file.ts";
import { collect, duration, nameList, unixSeconds } from "../options/values.ts";
import { print, warn } from "../output/output.ts";

interface SignCommandOptions {
  readonly domain: readonly string[];
  readonly selector: readonly string[];
  readonly key: readonly string[];
  readonly passphraseFile?: string;
  readonly canonicalization?: NonNullable<SignatureOptions["canonicalization"]>;
  readonly headers?: readonly string[];
  readonly fields?: FieldPresetName;
  readonly oversign?: readonly string[];
  readonly skip?: readonly string[];
  readonly identity?: string;
  readonly timestamp?: number;
  readonly expireAfter?: number;
  readonly bodyLength?: boolean;
  readonly copyHeaders?: boolean;
  readonly algorithm?: string;
  readonly allowWeak?: boolean;
  readonly lineEndings: LineEndingPolicy;
  readonly json?: boolean;
}

const maxMessageBytes = 1024 ** 3;

/** Errors of the message; all others are errors of the command line. */
const messageCodes: ReadonlySet<SigningErrorCode> = new Set([
  "bad-line-endings",
  "no-from",
  "several-from",
]);

export function signCommand(): Command {
  return new Command("sign")
    .summary("sign a message")
    .description(
      "Print the message with a new DKIM-Signature field for each key at the top. Bare CR and LF become CRLF, as SMTP requires; all other bytes stay as they are.",
    )
    .addArgument(
      new Argument("[file]", "the message; - reads standard input").default(
        standardInput,
        "standard input",
      ),
    )
    .requiredOption(
      "-d, --domain <domain>",
      "signing domain (d=); repeat for another signature",
      collect,
    )
    .requiredOption(
      "-s, --selector <selector>",
      "selector (s=); repeat for another signature",
      collect,
    )
    .requiredOption("-k, --key <file>", "private key file; repeat for another signature", collect)
    .option("--passphrase-file <file>", "file whose first line is the passphrase of the key")
    .addOption(
      new Option(
        "-c, --canonicalization <header/body>",
        "canonicalization of header and body (default: relaxed/relaxed)",
      ).choices(canonicalizationPairs),
    )
    .addOption(
      new Option(
        "--fields <preset>",
        `the fields to sign and oversign; --headers and --oversign override the preset (default: ${defaultFieldPreset})`,
      ).choices(fieldPresetNames),
    )
    .option("--headers <names>", "fields to sign, in order, such as from:to:subject", nameList)
    .option(
      "--oversign <names>",
      "fields to oversign, so that nobody can add another one later",
      nameList,
    )
    .option("--skip <names>", "fields to leave unsigned", nameList)
    .option("--identity <identity>", "identity (i=), such as user@example.com or @example.com")
    .option(
      "--timestamp <seconds>",
      "time of signing (t=) in Unix seconds (default: now)",
      unixSeconds,
    )
    .option("--expire-after <time>", "expiration (x=), such as 7d or 12h after signing", duration)
    .option(
      "--body-length",
      "set l= to the length of the body, which lets anybody append text to it",
    )
    .option("--copy-headers", "set z= to copies of the signed fields, to diagnose changes")
    .option(
      "--algorithm <name>",
      `signature algorithm (a=): ${algorithmNames().join(", ")} (default: by key type)`,
    )
    .option("--allow-weak", "allow RSA keys from 512 bits; receivers refuse keys below 1024 bits")
    .addOption(
      new Option(
        "--line-endings <policy>",
        "bare CR and LF: fix them to CRLF, keep them, or reject the message",
      )
        .choices(["fix", "keep", "reject"] satisfies LineEndingPolicy[])
        .default("fix"),
    )
    .option("--json", "print the new fields and the signed fields as JSON, without the message")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the message was signed",
          1: "the message cannot be signed as it is",
          3: "the message or a key cannot be read",
        },
        examples: [
          "mailseal sign -d example.com -s mail2026 -k mail2026.key < in.eml > out.eml",
          "mailseal sign -d example.com -s r1 -k rsa.key -d example.com -s e1 -k ed.key < in.eml",
          "mailseal sign -d example.com -s r1 -k rsa.key --expire-after 7d in.eml > out.eml",
        ],
      }),
    )
    .action(signFile);
}

async function signFile(file: string, options: SignCommandOptions): Promise<void> {
  const signatures = await signaturesOf(options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const stream = createSigner(signatures, { lineEndings: options.lineEndings }).stream();
    for await (const chunk of readChunks(file)) {
      size += chunk.length;
      if (size > maxMessageBytes) {
        throw new CommandFailure(
          exitCode.unreadable,
          "the message is larger than 1 GiB, the limit; is this a mail message?",
        );
      }
      chunks.push(stream.write(chunk));
    }
    const { fields, signatures: made, rest, repairs } = stream.finish();
    if (repairs !== undefined) warn(repairText(file, repairs));
    if (options.json === true) {
      await print(`${JSON.stringify({ fields, signatures: made, repairs })}\n`);
      return;
    }
    await print(fields);
    for (const chunk of [...chunks, rest]) {
      await print(chunk);
    }
  } catch (error) {
    throw asFailure(file, error);
  }
}

function repairText(file: string, { count, first }: LineEndingRepairs): string {
  const { found, line, offset } = first;
  const changed = count === 1 ? "1 line ending was" : `${count} line endings were`;
  return `${nameOf(file)}: ${changed} changed to CRLF before signing, the first at a ${found} in line ${line} (offset ${offset}); send what is printed here, or use --line-endings keep or reject`;
}

async function signaturesOf(options: SignCommandOptions): Promise<SignatureOptions[]> {
  const { domain: domains, selector: selectors, key: keys } = options;
  if (
    selectors.length !== keys.length ||
    (domains.length !== 1 && domains.length !== keys.length)
  ) {
    throw new CommandFailure(
      exitCode.misuse,
      `got ${domains.length} -d, ${selectors.length} -s and ${keys.length} -k; give each once for each signature`,
    );
  }
  const algorithm = algorithmOf(options.algorithm);
  const shared = {
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(options.canonicalization === undefined
      ? {}
      : { canonicalization: options.canonicalization }),
    ...(options.fields === undefined ? {} : { fields: options.fields }),
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    ...(options.oversign === undefined ? {} : { oversign: options.oversign }),
    ...(options.skip === undefined ? {} : { skip: options.skip }),
    ...(options.identity === undefined ? {} : { identity: options.identity }),
    ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    ...(options.expireAfter === undefined ? {} : { expireAfterSeconds: options.expireAfter }),
    ...(options.bodyLength === undefined ? {} : { bodyLength: options.bodyLength }),
    ...(options.copyHeaders === undefined ? {} : { copyHeaders: options.copyHeaders }),
    ...(options.allowWeak === true ? { minimumRsaBits: 512 } : {}),
  };
  const signatures: SignatureOptions[] = [];
  for (const [index, file] of keys.entries()) {
    const key = await readKey(file, options);
    const domain = domains[index] ?? domains[0] ?? "";
    signatures.push({ ...shared, domain, selector: selectors[index] ?? "", key });
  }
  return signatures;
}

function algorithmOf(name: string | undefined): SignatureOptions["algorithm"] {
  if (name === undefined) {
    return undefined;
  }
  const algorithm = findAlgorithm(name);
  if (algorithm === undefined) {
    throw new CommandFailure(
      exitCode.misuse,
      `--algorithm: ${JSON.stringify(name.slice(0, 80))} is unknown; expected one of ${algorithmNames().join(", ")}`,
    );
  }
  return algorithm.name;
}

function asFailure(file: string, error: unknown): unknown {
  if (error instanceof SigningError) {
    const fault: ExitCode = messageCodes.has(error.code) ? exitCode.no : exitCode.misuse;
    const hint = error.code === "key-too-short" ? " (here: --allow-weak)" : "";
    return new CommandFailure(fault, error.message + hint);
  }
  return asUnusable(file, error);
}
