import { hostname } from "node:os";
import { keySource } from "@mailseal/dns-record";
import { isSameOrSubdomain } from "@mailseal/syntax";
import { type Host, readTextOn } from "../../host/host.ts";
import type { Postfix } from "../../host/postfix.ts";
import type { Check } from "../check.ts";
import type { Installation } from "../installation.ts";
import { means, milterCalls } from "../postfix/milter-calls.ts";
import { inOrder } from "../shell.ts";

/** Whether the bounces of Postfix are signed. A bounce is processed as the relay would; nothing is sent. */
export const bouncesCheck: Check = {
  id: "bounces",
  claim: "bounces are signed",
  limitMs: 30_000,
  async run(installation, report) {
    const mailServer = await installation.mailServer();
    const listeners = await installation.milterListeners();
    const keys = await installation.keys();
    // Sendmail sends bounces through no filter, so there is nothing to set.
    if (mailServer.kind !== "postfix" || listeners.length === 0 || keys.length === 0) {
      return report.doesNotApply();
    }
    const { postfix } = mailServer;
    const isCalled = milterCalls(postfix).some(
      ({ parameter, entries }) =>
        parameter === "non_smtpd_milters" &&
        entries.some((entry) => listeners.some((listener) => means(entry, listener, postfix))),
    );
    // Reported by another check.
    if (!isCalled) return report.doesNotApply();
    const classes = postfix.expanded("internal_mail_filter_classes");
    if (!/\bbounce\b/.test(classes)) {
      return report.found({
        kind: "bounces-unsigned",
        what: "internal_mail_filter_classes of Postfix does not name bounce",
        command: inOrder(
          [
            "postconf",
            "-e",
            `internal_mail_filter_classes = ${[classes, "bounce"].join(" ").trim()}`,
          ],
          "postfix reload",
        ),
      });
    }
    const domain = await bounceDomain(installation.host, postfix);
    if (await isSigned(domain, installation)) return;
    const parent = keys.find((key) => isSameOrSubdomain(domain, key.domain))?.domain;
    report.found({
      kind: "bounce-domain-unsigned",
      what: `Bounces come from MAILER-DAEMON@${domain}, for which no key signs`,
      ...(parent === undefined
        ? { advice: "Set myorigin of Postfix to a domain that is signed." }
        : { command: inOrder(["postconf", "-e", `myorigin = ${parent}`], "postfix reload") }),
    });
  },
};

/** Postfix completes MAILER-DAEMON with myorigin. On Debian that may be the name of a file whose first line counts. */
async function bounceDomain(host: Host, { expanded }: Postfix): Promise<string> {
  const origin = expanded("myorigin");
  const [line] = origin.startsWith("/")
    ? ((await readTextOn(host, origin)) ?? "").split("\n")
    : [origin];
  return (line?.trim() || expanded("myhostname")).toLowerCase();
}

/** Processes a bounce as Postfix would hand it to the relay: from the null sender, from this machine. */
async function isSigned(
  domain: string,
  { config: loaded, milterListeners, resolver }: Installation,
): Promise<boolean> {
  const { createPipeline } = await import("@mailseal/policy");
  const config = await loaded();
  const pipeline = await createPipeline(config, {
    dnsKeys: keySource(await resolver()),
    hostname: config.hostname ?? hostname(),
    hooks: {},
  });
  try {
    for (const { direction, name, listen, binding } of await milterListeners()) {
      if (direction === "inbound") continue;
      const message = Buffer.from(
        `From: MAILER-DAEMON@${domain} (Mail Delivery System)\r\nTo: sender@${domain}\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n\r\ntest\r\n`,
      );
      const { signatures } = await pipeline.process(
        { sizeBytes: message.length, chunks: () => [message] },
        { from: "", recipients: [`sender@${domain}`] },
        {
          direction: "outbound",
          queueId: "doctor",
          listener: name ?? listen,
          relayNetwork: true,
          variables: new Map(),
          ...(binding === undefined ? {} : { binding }),
        },
      );
      if (signatures.length > 0) return true;
    }
    return false;
  } finally {
    pipeline.close();
  }
}
