import type { Stage } from "./stage.ts";

/** A page whose commands are run, with what its reader has or does beside them. */
export interface Guide {
  /** The path from the root of the repository. */
  readonly page: string;
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
  does: async (stage) => stage.write("/root/received.eml", await stage.nextMail()),
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
];
