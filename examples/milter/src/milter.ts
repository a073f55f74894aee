/**
 * A milter that protects our own domains: mail from outside that claims in From to be from one of them must carry a valid
 * signature of that domain, or it is refused.
 *
 *     node src/milter.ts 8892 example.com example.org
 *
 * In main.cf: smtpd_milters = inet:127.0.0.1:8892, in front of the milter that signs. Mail of our own users passes: Postfix reports
 * their login, or their address on this machine.
 */
import { createServer, type Server } from "node:net";
import {
  MessageAssembler,
  type MilterError,
  type MilterHandler,
  serveMilter,
  smtpReply,
} from "@mailseal/milter";
import { keySource, nodeResolver, Verification } from "@mailseal/verifier";

interface OwnDomainsOptions {
  /** Ours, in lower case; their subdomains are ours as well. */
  readonly domains: readonly string[];
  /** DNS servers, instead of those of the system. */
  readonly dnsServers?: readonly string[];
  readonly onError?: (error: MilterError) => void;
}

/** 451 keeps the message at its sender until DNS answers again. */
const later = smtpReply({
  code: 451,
  enhancedCode: "4.7.5",
  text: "The signature cannot be checked for now, try again later",
});

export function createOwnDomainsMilter(options: OwnDomainsOptions): Server {
  const { domains, dnsServers, onError } = options;
  const keys = keySource(nodeResolver(dnsServers === undefined ? {} : { servers: dnsServers }));
  const isOurs = (address: string): boolean => {
    const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    return domains.some((ours) => domain === ours || domain.endsWith(`.${ours}`));
  };

  /** One for each SMTP connection. */
  function handler(): MilterHandler {
    let isLocal = false;
    let verification = new Verification({ keys });
    let message: MessageAssembler | undefined;
    return {
      connect: (client) => {
        isLocal = client.family === "inet" && client.address === "127.0.0.1";
      },
      mailFrom(_sender, { terms, macros }) {
        if (isLocal || macros.get("auth_authen") !== undefined) return "accept";
        verification = new Verification({ keys });
        message = new MessageAssembler(terms, (bytes) => verification.write(bytes));
        return "continue";
      },
      header: (field) => message?.header(field),
      body: (chunk) => message?.body(chunk),
      async endOfMessage(changes) {
        message?.end();
        const { from, signatures } = await verification.finish();
        const claimed = from.find(isOurs);
        if (claimed === undefined) return "accept";
        // With several addresses in From, the weakest alignment counts.
        const signer = signatures.find(({ trusted, aligned }) => trusted && aligned !== "none");
        if (signer === undefined) {
          if (signatures.some(({ result }) => result === "temperror")) return later;
          const text = `Mail from ${claimed} must carry our signature`;
          return smtpReply({ code: 550, enhancedCode: "5.7.22", text });
        }
        changes.insertHeader(1, "X-Own-Domain", ` signed by ${signer.domain}`);
        return "accept";
      },
    };
  }

  // Postfix over TCP waits for acknowledgements without `noDelay`.
  return createServer({ noDelay: true }, (socket) => {
    serveMilter(socket, handler, {
      actions: ["add-headers"],
      silentSteps: ["header", "body"],
      ...(onError === undefined ? {} : { onError }),
    });
  });
}

if (import.meta.main) {
  const [port = "8892", ...domains] = process.argv.slice(2);
  createOwnDomainsMilter({ domains, onError: (error) => console.error(error.message) }).listen(
    Number(port),
    "127.0.0.1",
    () => console.log(`smtpd_milters = inet:127.0.0.1:${port}`),
  );
}
