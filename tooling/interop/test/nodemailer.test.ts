import { once } from "node:events";
import { Readable } from "node:stream";
import {
  formatKeyRecord,
  keyRecordName,
  keySource,
  staticResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { mailseal } from "@mailseal/nodemailer";
import { createSigner, generateKey } from "@mailseal/signer";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { Postfix, postfixMissing } from "@mailseal/testkit/postfix";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { verify } from "@mailseal/verifier";
import { createTransport, type SendMailOptions } from "nodemailer";
import MailComposer from "nodemailer/lib/mail-composer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPeers } from "../src/peers.ts";

const domain = "example.com";
const signatures = [
  { domain, selector: "rsa", key: generateKey({ type: "rsa" }) },
  { domain, selector: "ed", key: generateKey({ type: "ed25519" }) },
] as const;
const zone = new Map(
  signatures.map(({ selector, key }) => [
    keyRecordName(selector, domain),
    formatKeyRecord(key.publicKey),
  ]),
);
const keys = keySource(
  staticResolver(
    zoneFromJson(Object.fromEntries([...zone].map(([name, record]) => [name, [record]]))),
  ),
);
const peers = findPeers(temporaryDirectory("file"), zone).filter(({ name }) =>
  ["mailauth", "python3-dkim"].includes(name),
);

/** Made anew for each message, because a stream can be read once. */
type Sample = () => SendMailOptions;

const addresses = { from: "Zoë Müller <zoe@example.com>", to: "kim@example.net" };
const text = "Hello Kim,\n\nthe boat leaves at nine.\n\n-- \nZoë\n";
const samples: ReadonlyMap<string, Sample> = new Map<string, Sample>([
  ["plain text with LF", () => ({ ...addresses, subject: "Boat", text: text.replace("ë", "e") })],
  ["text and HTML", () => ({ ...addresses, subject: "Boat", text, html: `<p>${text}</p>\n` })],
  [
    "attachments",
    () => ({
      ...addresses,
      subject: "Papers",
      text,
      attachments: [
        { filename: "übersicht.txt", content: "eins\nzwei\n" },
        { filename: "a.bin", content: Buffer.alloc(50_000, 0xa5) },
      ],
    }),
  ],
  [
    "umlauts",
    () => ({
      ...addresses,
      subject: "Grüße aus Köln, mit einem sehr langen Betreff, der gefaltet werden muss: äöüß 🐦",
      text: "Schöne Grüße\naus Köln 🐦\n",
    }),
  ],
  [
    "a part for the calendar",
    () => ({
      ...addresses,
      subject: "Meeting",
      text,
      icalEvent: {
        method: "REQUEST",
        content: "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n",
      },
    }),
  ],
  [
    "long lines",
    () => ({ ...addresses, subject: "Long", text: `${"word ".repeat(2000)}\n.\n..x\n` }),
  ],
  [
    "raw",
    () => ({
      envelope: { from: "zoe@example.com", to: "kim@example.net" },
      raw: "From: zoe@example.com\nTo: kim@example.net\nSubject: Raw\n\nraw\rtext\n.\nwithout end",
    }),
  ],
  [
    "a stream",
    () => ({
      ...addresses,
      subject: "Stream",
      text: Readable.from(["one\n", "two\r", "\nthree\n"]),
    }),
  ],
]);

let port = 0;
const received: Buffer[] = [];
const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("end", () => {
      received.push(Buffer.concat(chunks));
      done();
    });
  },
});
beforeAll(async () => {
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const address = listening.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

let postfix: Postfix | undefined;
const sink = await SmtpSink.start();
const noPostfix = postfixMissing();
beforeAll(async () => {
  if (noPostfix !== undefined) return;
  // As it is installed, it completes the header of mail from its own machine.
  const main = { local_header_rewrite_clients: "permit_inet_interfaces" };
  postfix = await Postfix.start({ nextHopPort: sink.port, main });
});
afterAll(async () => {
  await postfix?.stop();
  await sink.close();
});

/** Sends one message on its way. */
type Send = (sample: Sample, smtpPort: number) => Promise<void>;

function newTransport(smtpPort: number): ReturnType<typeof createTransport> {
  return createTransport({ host: "127.0.0.1", port: smtpPort, ignoreTLS: true });
}

const signedByPlugin: Send = async (sample, smtpPort) => {
  const transport = newTransport(smtpPort);
  transport.use("stream", mailseal(signatures));
  await transport.sendMail(sample());
};

/** What an application does that builds its mail with MailComposer and sends it on its own. */
const signedBySigner: Send = async (sample, smtpPort) => {
  const composed = await new MailComposer(sample()).compile().build();
  const raw = createSigner(signatures).sign(composed).toBytes();
  await newTransport(smtpPort).sendMail({
    envelope: { from: "zoe@example.com", to: "kim@example.net" },
    raw: Buffer.from(raw),
  });
};

async function expectVerified(bytes: Buffer): Promise<void> {
  const { signatures: verdicts } = await verify(bytes, { keys });
  expect(verdicts.map(({ code }) => code)).toEqual(["pass", "pass"]);
  for (const { name, peer } of peers) {
    const results = (await peer?.verify(bytes)) ?? [];
    expect(results, name).toEqual(peer === undefined ? [] : ["pass", "pass"]);
  }
}

describe.each<[string, Send]>([
  ["by the plugin", signedByPlugin],
  ["by signer.sign", signedBySigner],
])("mail of nodemailer that was signed %s verifies", (_, send) => {
  test.each([...samples])("at an SMTP server: %s", async (__, sample) => {
    await send(sample, port);
    await expectVerified(received.pop() ?? Buffer.alloc(0));
  });

  test.for([...samples])("behind a default Postfix: %s", async ([name, sample], { skip }) => {
    if (postfix === undefined) {
      skip(process.env["CI"] === undefined, noPostfix);
      expect.unreachable(noPostfix);
    }
    await send(sample, postfix.smtpPort);
    const { bytes } = await sink.next();
    await expectVerified(bytes);
    // The message without these fields has got them on its way.
    if (name === "raw") expect(bytes.toString()).toMatch(/^Message-Id: .*\r\n(?:.*\r\n)*^Date: /im);
  });
});

test.for(peers)("$name is installed", ({ name, peer, missing }, { skip }) => {
  if (peer === undefined) {
    skip(process.env["CI"] === undefined, `${name} is absent: ${missing}`);
    expect.unreachable(`${name} is absent: ${missing}`);
  }
});
