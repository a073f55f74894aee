/**
 * Everything that a machine under test can reach: a name server, and two mail servers that receive all mail. Runs in a
 * network namespace of its own, which has the addresses of {@link addresses}, and talks to its parent process.
 */
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import {
  addresses,
  type OutsideOrder,
  type OutsideReport,
  startingZone,
} from "./outside-network.ts";

const report = (message: OutsideReport): void => {
  process.send?.(message);
};

const dns: DnsServer = await startDnsServer(startingZone, { host: addresses.nameServer, port: 53 });
for (const [host, extensions] of [
  ["mailServer", ["PIPELINING", "SIZE 104857600", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]],
  ["sevenBitServer", ["PIPELINING", "SIZE 104857600", "ENHANCEDSTATUSCODES"]],
] as const) {
  await SmtpSink.start({
    place: { host: addresses[host], port: 25 },
    extensions,
    onMessage: ({ mailFrom, rcptTo, bytes }) =>
      report({ kind: "mail", host, mailFrom, rcptTo, bytes }),
  });
}

process.on("message", ({ name, reply }: OutsideOrder) => dns.script(name, reply));
// The parent process has ended.
process.on("disconnect", () => process.exit());
report({ kind: "ready" });
