import { readFileSync } from "node:fs";
import { configSchema } from "@mailseal/config";
import { type MailContext, unsignedReasons } from "@mailseal/policy";
import type { Notify, Recipient } from "@mailseal/queue";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeQueuedMail,
  encodeQueuedMail,
  mailFingerprint,
  type QueuedMail,
} from "../../src/queued-mail/queued-mail.ts";

const config = configSchema.parse({
  bindings: { out: {}, hop: { nextHop: { host: "127.0.0.1" } } },
  defaultBinding: "out",
});

const mail: QueuedMail = {
  mail: { from: "joe@example.com", eightBit: true, smtpUtf8: false, ret: "headers", envid: "a+b" },
  recipients: [
    {
      address: "ann@example.net",
      dsn: { notify: ["success", "delay"], orcpt: "rfc822;ann+x@example.net" },
    },
    { address: "bob@EXAMPLE.net" },
    { address: "cy@example.net", dsn: { notify: ["never"] } },
  ],
  context: {
    direction: "outbound",
    queueId: "Q1",
    listener: "submission",
    binding: "out",
    remoteAddress: "192.0.2.7",
    heloName: "client.test",
    authUser: "joe",
    relayNetwork: true,
    submitter: true,
    receivedMs: 1_790_000_000_123,
    unsigned: "foreign-client",
    variables: new Map([["tls_version", "TLSv1.3"]]),
  },
  needs: { ascii: true, asciiHeader: false, utf8Address: true },
  todo: "none",
  noBounce: "listener",
};

/** As `JSON.parse` of the metadata that a queue stores. */
interface Written {
  readonly metadata: {
    readonly envelope: Record<string, unknown> & { readonly from: string };
    readonly context: readonly (readonly [string, string])[];
  };
  readonly destination: { readonly route: string; readonly recipients: readonly Recipient[] };
  readonly fingerprint: string;
}

describe("mail that version 0.0.0 has queued", () => {
  const file = new URL("written-by-0.0.0.json", import.meta.url);
  const { metadata, destination, fingerprint } = JSON.parse(readFileSync(file, "utf8")) as Written;

  test("is read with nothing lost", () => {
    const { recipients } = destination;
    const envelope = { ...metadata.envelope, recipients };
    const decoded = decodeQueuedMail({ id: "1", envelope, context: new Map(metadata.context) });
    expect(decoded).toEqual({ ...mail, destinations: 2 });
  });

  test("is written the same today, so that an older worker reads it", () => {
    const { envelope, destinations, context } = encodeQueuedMail(
      { ...mail, recipients: [...mail.recipients, { address: "dan@example.org" }] },
      config,
    );
    expect({ envelope, context: [...context] }).toEqual(metadata);
    expect(destinations[0]).toEqual(destination);
  });

  test("is recognized when its client sends it again", () => {
    const sizeBytes = 1234;
    expect(mailFingerprint({ ...mail, mail: { ...mail.mail, sizeBytes } }, "digest")).toBe(
      fingerprint,
    );
  });
});

describe("a round trip through the queue", () => {
  const text = fc.string();
  const notify = fc.subarray<Notify>(["success", "failure", "delay"], { minLength: 1 });
  const dsn = fc.record({ notify, orcpt: text }, { requiredKeys: [] });
  const address = fc.oneof(fc.emailAddress(), text);
  const recipient = fc.record({ address, dsn }, { requiredKeys: ["address"] });
  const context: fc.Arbitrary<MailContext> = fc.record(
    {
      direction: fc.constantFrom("outbound" as const, "inbound" as const),
      queueId: text,
      listener: text,
      binding: fc.constantFrom("out", "hop", "gone"),
      remoteAddress: text,
      heloName: text,
      authUser: text,
      relayNetwork: fc.boolean(),
      submitter: fc.constant(true),
      receivedMs: fc.nat(),
      unsigned: fc.constantFrom(...unsignedReasons),
      variables: fc.array(fc.tuple(text, text)).map((pairs) => new Map(pairs)),
    },
    { requiredKeys: ["direction", "queueId", "listener", "relayNetwork", "variables"] },
  );
  const anyMail: fc.Arbitrary<QueuedMail> = fc.record(
    {
      mail: fc.record(
        {
          from: address,
          eightBit: fc.boolean(),
          smtpUtf8: fc.boolean(),
          ret: fc.constantFrom("full" as const, "headers" as const),
          envid: text,
        },
        { requiredKeys: ["from", "eightBit", "smtpUtf8"] },
      ),
      recipients: fc.array(recipient, { minLength: 1 }),
      context,
      needs: fc.record(
        { ascii: fc.boolean(), asciiHeader: fc.boolean(), utf8Address: fc.constant(true) },
        { requiredKeys: ["ascii", "asciiHeader"] },
      ),
      todo: fc.constantFrom("pipeline" as const, "none" as const),
      noBounce: fc.constantFrom("foreign-client" as const, "listener" as const),
    },
    { requiredKeys: ["mail", "recipients", "context", "needs", "todo"] },
  );

  test("each recipient is in one destination, with the whole mail", () => {
    fc.assert(
      fc.property(anyMail, (queued) => {
        const { envelope, destinations, context: stored } = encodeQueuedMail(queued, config);
        const decoded = destinations.map(({ recipients }) =>
          decodeQueuedMail({
            id: "other",
            // As a queue stores it: JSON.
            envelope: JSON.parse(JSON.stringify({ ...envelope, recipients })),
            context: new Map(JSON.parse(JSON.stringify([...stored])) as [string, string][]),
          }),
        );
        for (const { recipients: _, destinations: count, ...rest } of decoded) {
          const { recipients: __, ...expected } = queued;
          expect(rest).toEqual(expected);
          expect(count).toBe(destinations.length);
        }
        const all = new Set(queued.recipients.map((it) => JSON.stringify(it)));
        const back = decoded.flatMap(({ recipients }) => recipients);
        expect(back).toHaveLength(queued.recipients.length);
        expect(new Set(back.map((it) => JSON.stringify(it)))).toEqual(all);
        expect(new Set(destinations.map(({ route }) => route)).size).toBe(destinations.length);
      }),
    );
  });

  test("recipients that have failed already keep their failure", () => {
    const failure = { code: 550, text: "no such user", expired: true };
    const recipients = [{ address: "ann@example.net", failure }];
    expect(
      decodeQueuedMail({ id: "1", envelope: { from: "", recipients }, context: new Map() }),
    ).toMatchObject({ mail: { from: "", eightBit: false, smtpUtf8: false }, recipients });
  });
});

test("a reason of another version not to sign still keeps the message unsigned", () => {
  const { context } = encodeQueuedMail(mail, config);
  const stored = new Map([...context, ["unsigned", "new"]]);
  const envelope = { from: "", recipients: [] };
  expect(decodeQueuedMail({ id: "", envelope, context: stored }).context.unsigned).toBe(
    "foreign-client",
  );
});
