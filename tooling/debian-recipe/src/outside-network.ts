import type { ScriptedReply } from "@mailseal/testkit/dns-server";

/** The addresses of the network outside a machine, all of them reserved for documentation (RFC 5737). */
export const addresses = {
  nameServer: "192.0.2.53",
  /** Receives mail for example.net. */
  mailServer: "192.0.2.25",
  /** Receives mail for example.org, and offers no 8BITMIME. */
  sevenBitServer: "192.0.2.26",
  gateway: "192.0.2.1",
  machine: "192.0.2.10",
} as const;

/** What DNS publishes before anything else is published. */
export const startingZone: Readonly<Record<string, ScriptedReply>> = {
  "mail.example.com": { a: [addresses.machine] },
  "example.com": { mx: [{ preference: 10, exchange: "mail.example.com" }] },
  "example.net": { mx: [{ preference: 10, exchange: "mx.example.net" }] },
  "mx.example.net": { a: [addresses.mailServer] },
  "example.org": { mx: [{ preference: 10, exchange: "mx.example.org" }] },
  "mx.example.org": { a: [addresses.sevenBitServer] },
};

/** A message that a mail server outside has received. */
export interface ReceivedMail {
  readonly host: "mailServer" | "sevenBitServer";
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  readonly bytes: Buffer;
}

/** From the process outside. */
export type OutsideReport = { readonly kind: "ready" } | ({ readonly kind: "mail" } & ReceivedMail);

/** To the process outside: DNS answers so from now on. */
export interface OutsideOrder {
  readonly name: string;
  readonly reply: ScriptedReply;
}
