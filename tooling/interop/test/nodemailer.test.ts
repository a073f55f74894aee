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

function newTransport(): ReturnType<typeof createTransport> {
  return createTransport({ host: "127.0.0.1", port, ignoreTLS: true });
}

async function signedByPlugin(sample: Sample): Promise<void> {
  const transport = newTransport();
  transport.use("stream", mailseal(signatures));
  await transport.sendMail(sample());
}

/** What an application does that builds its mail with MailComposer and sends it on its own. */
async function signedBySigner(sample: Sample): Promise<void> {
  const composed = await new MailComposer(sample()).compile().build();
  const raw = createSigner(signatures).sign(composed).toBytes();
  await newTransport().sendMail({
    envelope: { from: "zoe@example.com", to: "kim@example.net" },
    raw: Buffer.from(raw),
  });
}

describe.each([
  ["by the plugin", signedByPlugin],
  ["by signer.sign", signedBySigner],
] as const)("mail of nodemailer that was signed %s and sent by SMTP verifies", (_, send) => {
  test.each([...samples])("%s", async (__, sample) => {
    await send(sample);
    const bytes = received.pop() ?? Buffer.alloc(0);
    const { signatures: verdicts } = await verify(bytes, { keys });
    expect(verdicts.map(({ code }) => code)).toEqual(["pass", "pass"]);
    for (const { name, peer } of peers) {
      const results = (await peer?.verify(bytes)) ?? [];
      expect(results, name).toEqual(peer === undefined ? [] : ["pass", "pass"]);
    }
  });
});

test.for(peers)("$name is installed", ({ name, peer, missing }, { skip }) => {
  if (peer === undefined) {
    skip(process.env["CI"] === undefined, `${name} is absent: ${missing}`);
    expect.unreachable(`${name} is absent: ${missing}`);
  }
});
