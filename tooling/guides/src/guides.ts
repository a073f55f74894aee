import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import type { Stage } from "./stage.ts";

/** A page whose commands are run, with what its reader has or does beside them. */
export interface Guide {
  /** The path from the root of the repository. */
  readonly page: string;
  /** The directory in which its commands run; by default root's. */
  readonly home?: string;
  /** The addresses of the server that accepts the reader's mail. */
  readonly mailbox?: readonly string[];
  /** The scripts in `stage/` that make what the page expects to find, with their arguments. */
  readonly before?: readonly string[];
  /** What the reader does without a command. */
  readonly acts?: readonly Act[];
}

interface Act {
  /** A text in the block after which it is done. */
  readonly after: string;
  /** `output` is what the block printed. */
  readonly does: (stage: Stage, output: string) => Promise<void>;
}

/** "Publish the record that the command prints." */
const publishes = (after: string): Act => ({
  after,
  does: (stage, output) => stage.publish(output),
});

/** "Save the message that arrives as received.eml." */
const savesMail = (after: string): Act => ({
  after,
  does: async (stage) => stage.write("received.eml", await stage.nextMail()),
});

/** A program writes its log a moment after it has replied. */
const waitsForLog = (unit: string, text: string, after: string): Act => ({
  after,
  does: async (stage) => {
    const log = `/var/log/stage/${unit}.log`;
    await stage.mustRun(
      `for _ in $(seq 600); do grep -q '${text}' ${log} && exit; sleep 0.05; done; cat ${log}; exit 1`,
    );
  },
});

/** A program that goes on in the background serves once it listens. */
const waitsForPort = (port: number, after: string): Act => ({
  after,
  does: async (stage) => {
    await stage.mustRun(
      `for _ in $(seq 600); do (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && exit; sleep 0.05; done; exit 1`,
    );
  },
});

/** The page of an example, and its directory. */
function example(name: string): Pick<Guide, "page" | "home"> {
  return { page: `examples/${name}/README.md`, home: join(repositoryRoot, "examples", name) };
}

/** The next hop of the pages, and the MX host of example.net. */
const nextHop = "203.0.113.25:25";

/** Every page whose `sh` blocks are run, in their order. */
export const guides: readonly Guide[] = [
  {
    page: "docs/guides/smtp-path.md",
    mailbox: [nextHop],
    before: ["postfix.sh"],
    acts: [
      publishes("mailseal keygen"),
      savesMail("Is it signed?"),
      waitsForLog("mailseal-relay", '"msg":"message"', "Is it signed?"),
      waitsForLog("mailseal-relay", "signature-failed", "| grep 451"),
    ],
  },
  {
    page: "docs/guides/verifying-inbound.md",
    mailbox: ["127.0.0.1:10025"],
    acts: [savesMail("From: bank@example.net")],
  },
  {
    page: "docs/guides/queue-and-workers.md",
    mailbox: [nextHop],
    acts: [
      publishes("mailseal keygen"),
      savesMail("Is it signed?"),
      waitsForLog("mailseal-worker", '"msg":"delivery"', "Is it signed?"),
    ],
  },
  {
    page: "docs/guides/bounces.md",
    mailbox: ["203.0.113.25:24"],
    before: ["key.sh mail2026"],
  },
  {
    page: "docs/guides/hooks.md",
    mailbox: [nextHop],
    before: ["key.sh mail2026"],
    acts: [waitsForLog("mailseal-relay", '"msg":"message"', "X-Test-Run: 1")],
  },
  {
    page: "docs/guides/rotation.md",
    mailbox: [nextHop],
    before: ["key.sh mail2025", "zone-for-updates.sh"],
    acts: [
      publishes("mailseal rotate start -d example.com"),
      savesMail("mailseal rotate status\n"),
    ],
  },
  {
    page: "docs/guides/from-opendkim.md",
    mailbox: [nextHop],
    before: ["postfix.sh", "opendkim.sh"],
    acts: [
      savesMail("Who signs now?"),
      waitsForLog("mailseal-relay", '"msg":"message"', "Who signs now?"),
      savesMail("And who signs now?"),
    ],
  },
  {
    page: "docs/guides/from-rspamd-and-kumomta.md",
    before: ["key.sh rsa", "rspamd-and-kumomta.sh"],
  },
  {
    page: "docs/guides/from-momentum.md",
    mailbox: [nextHop],
    before: ["key.sh s2048 /opt/keys"],
    acts: [savesMail("X-Binding: pool-b")],
  },
  { page: "docs/guides/from-mailauth.md", before: ["key.sh rsa", "signed-mail.sh"] },
  { page: "docs/guides/from-nodemailer.md", before: ["key.sh rsa", "signed-mail.sh"] },
  { page: "docs/guides/from-dkim-signer.md", before: ["key.sh rsa", "signed-mail.sh"] },
  { page: "docs/guides/monitoring.md", mailbox: [nextHop], before: ["key.sh mail2026"] },
  { page: "docs/guides/hardening.md", before: ["key.sh mail2026", "config.sh"] },
  { page: "docs/explanations/how-dkim-breaks.md", before: ["key.sh rsa", "signed-mail.sh"] },
  {
    ...example("nodemailer"),
    mailbox: ["203.0.113.25:587"],
    acts: [publishes("mailseal keygen"), savesMail("src/send.ts")],
  },
  {
    ...example("bulk-signing"),
    mailbox: [nextHop],
    acts: [publishes("mailseal keygen"), savesMail("src/bulk.ts")],
  },
  {
    ...example("webhook"),
    before: ["key.sh rsa", "signed-mail.sh"],
    acts: [waitsForPort(8030, "src/webhook.ts")],
  },
  {
    ...example("smtp-receiver"),
    before: ["key.sh rsa", "signed-mail.sh"],
    acts: [waitsForPort(2525, "src/receiver.ts")],
  },
  { ...example("haraka"), before: ["haraka-and-zonemta.sh"] },
  { ...example("zonemta"), before: ["haraka-and-zonemta.sh"] },
  example("email-worker"),
  {
    ...example("milter"),
    before: ["postfix.sh"],
    acts: [waitsForPort(8892, "src/milter.ts")],
  },
];
