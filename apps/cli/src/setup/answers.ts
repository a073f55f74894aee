import { keyRecordName } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import type { RotationSetup } from "@mailseal/rotation";
import { toAsciiDomain } from "@mailseal/syntax";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { publishMethodOf } from "../options/publishing.ts";
import type { Dialogue } from "./dialogue.ts";
import {
  type MailServer,
  type NextHopAddress,
  parseNextHop,
  type SetupOptions,
} from "./options.ts";
import { hasOpendkim } from "./plan/postfix-plan.ts";
import { type ConfiguredKey, configuredKeys } from "./plan/signatures-in-config.ts";
import type { Survey } from "./survey.ts";

/** Everything that a plan needs to know from people. */
export interface Answers {
  readonly mailServer: MailServer;
  /** Take over OpenDKIM's configuration, keys and place; `domains` and `selector` are then not used. */
  readonly importsOpendkim: boolean;
  /** The config signs already, with these keys, and goes on so; `domains` and `selector` are then not used. */
  readonly existing: readonly ConfiguredKey[];
  readonly domains: readonly string[];
  readonly selector: string;
  /** The selector of a second key; undefined for an RSA key alone. */
  readonly ed25519Selector: string | undefined;
  readonly publish: RotationSetup["publish"];
  readonly relay: RelayAnswers | undefined;
}

/** The relay as a smart host. */
interface RelayAnswers {
  readonly listen: string;
  readonly nextHop: NextHopAddress;
}

const defaultListen = "127.0.0.1:2525";

/** Takes each answer from its flag, from what was found, or from a question. Throws a `CommandFailure` for a wrong flag. */
export async function answersOf(
  options: SetupOptions,
  survey: Survey,
  dialogue: Dialogue,
): Promise<Answers> {
  const publish =
    options.publish === undefined && survey.publish !== undefined
      ? survey.publish
      : publishMethodOf(options);
  const mailServer = await mailServerOf(options, survey, dialogue);
  const importsOpendkim = await importsOf(options, survey, mailServer, dialogue);
  const relay = mailServer === "relay" ? await relayOf(options, dialogue) : undefined;
  const isNew = options.domain !== undefined || options.selector !== undefined;
  const existing = isNew || importsOpendkim ? [] : configuredKeys(survey.config);
  const common = { mailServer, importsOpendkim, existing, publish, relay };
  if (existing.length > 0) {
    const names = existing.map(({ selector, domain }) => `${domain} (${selector})`).join(", ");
    await dialogue.say(`The config signs mail of ${names}. Another domain is added with --domain.`);
  }
  if (importsOpendkim || existing.length > 0) {
    return {
      ...common,
      domains: [],
      selector: "",
      ed25519Selector: undefined,
    };
  }
  const domains = options.domain ?? [await domainOf(survey, dialogue)];
  const selector = await selectorOf(options, survey, domains, dialogue);
  const wantsEd25519 =
    options.ed25519 ??
    (await dialogue.confirm(
      "Make an Ed25519 key as well? Mail is then signed with both keys: few receivers check Ed25519 today",
      keysOfFirst(survey.config, domains).length > 1,
    ));
  return {
    ...common,
    domains,
    selector,
    ed25519Selector: wantsEd25519 ? `${selector}-ed25519` : undefined,
  };
}

async function mailServerOf(
  { mta }: SetupOptions,
  { postfix, sendmail }: Survey,
  dialogue: Dialogue,
): Promise<MailServer> {
  if (mta === "postfix" && postfix === undefined) {
    throw misuse(
      "--mta postfix: postconf does not run, so there is no Postfix here; install Postfix, or give --mta sendmail or --mta relay",
    );
  }
  if (mta === "sendmail" && sendmail === undefined) {
    throw misuse(
      "--mta sendmail: there is no /etc/mail/sendmail.cf of Sendmail here; install Sendmail, or give --mta postfix or --mta relay",
    );
  }
  if (mta !== undefined) return mta;
  const found = postfix === undefined ? (sendmail === undefined ? "relay" : "sendmail") : "postfix";
  if (postfix === undefined || sendmail === undefined) {
    if (found !== "relay") return found;
    const goesOn = await dialogue.confirm(
      "There is no Postfix and no Sendmail. Set up the relay as a smart host: your programs send mail to it by SMTP, and it hands the signed mail to another server?",
      true,
    );
    if (goesOn) return found;
    throw new CommandFailure(
      exitCode.no,
      "nothing was changed; install Postfix or Sendmail, then run mailseal setup again",
    );
  }
  return dialogue.choose(
    "Which mail server sends your mail?",
    [
      { value: "postfix", label: "Postfix" },
      { value: "sendmail", label: "Sendmail" },
    ],
    found,
  );
}

async function importsOf(
  { opendkim: wish, domain }: SetupOptions,
  { postfix, sendmail, opendkim }: Survey,
  mailServer: MailServer,
  dialogue: Dialogue,
): Promise<boolean> {
  if (wish === "import" && opendkim === undefined) {
    throw misuse(
      "--opendkim import: there is no OpenDKIM with a configuration here; leave the option out",
    );
  }
  if (opendkim === undefined || wish === "keep" || mailServer === "relay") return false;
  if (wish === "import") return true;
  const isInUse =
    mailServer === "postfix"
      ? postfix !== undefined &&
        (["smtpd_milters", "non_smtpd_milters"] as const).some((name) =>
          hasOpendkim(postfix.expanded(name), postfix.queueDirectory, opendkim),
        )
      : sendmail?.filters.some(({ name }) => name === "opendkim") === true;
  // OpenDKIM is installed but signs nothing: there is nothing to take over.
  if (!isInUse || domain !== undefined) return false;
  return dialogue.confirm(
    "OpenDKIM signs your mail at present. Take over its configuration and a copy of its keys, and put Mailseal in its place? The records in DNS stay as they are",
    true,
  );
}

async function domainOf({ likelyDomain }: Survey, dialogue: Dialogue): Promise<string> {
  const answer = await dialogue.askText({
    message: "Domain in the From address of your mail:",
    flag: "--domain example.com",
    ...(likelyDomain === undefined ? {} : { preset: likelyDomain }),
    check: (text) =>
      toAsciiDomain(text)?.includes(".") === true
        ? undefined
        : "Expected a domain name such as example.com",
  });
  return toAsciiDomain(answer) ?? answer;
}

async function selectorOf(
  { selector: given }: SetupOptions,
  { config }: Survey,
  domains: readonly string[],
  dialogue: Dialogue,
): Promise<string> {
  const problemOf = (selector: string): string | undefined => {
    try {
      keyRecordName(selector, domains[0] ?? "example.com");
      return undefined;
    } catch (error) {
      if (error instanceof MailsealError) return error.message;
      throw error;
    }
  };
  if (given !== undefined) {
    const problem = problemOf(given);
    if (problem === undefined) return given.toLowerCase();
    throw misuse(`--selector: ${problem}`);
  }
  const answer = await dialogue.askText({
    message: "Selector, the name of the key in DNS:",
    flag: "--selector mail2026",
    preset: keysOfFirst(config, domains)[0]?.selector ?? `mail${new Date().getFullYear()}`,
    check: problemOf,
  });
  return answer.toLowerCase();
}

/** What an earlier setup has written for the first domain. */
function keysOfFirst(
  config: string | undefined,
  [first]: readonly string[],
): readonly ConfiguredKey[] {
  return configuredKeys(config).filter(({ domain }) => domain === first);
}

async function relayOf(options: SetupOptions, dialogue: Dialogue): Promise<RelayAnswers> {
  const { listen = defaultListen, nextHop } = options;
  if (nextHop !== undefined) return { listen, nextHop };
  const answer = await dialogue.askText({
    message: "Which server delivers the signed mail? (host:port)",
    flag: "--next-hop smtp.example.net:587",
    check: (text) =>
      parseNextHop(text) === undefined
        ? "Expected a host and a port, such as smtp.example.net:587"
        : undefined,
  });
  return { listen, nextHop: parseNextHop(answer) ?? { host: answer, port: 25 } };
}

function misuse(message: string): CommandFailure {
  return new CommandFailure(exitCode.misuse, message);
}
