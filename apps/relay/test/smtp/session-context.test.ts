import { configSchema, type SmtpListener } from "@mailseal/config";
import type { SMTPServerAddress, SMTPServerSession } from "smtp-server";
import { describe, expect, test } from "vitest";
import { ClientTrust } from "../../src/smtp/client-trust.ts";
import {
  mailContext,
  mailParameters,
  recipientParameters,
  unknownParameter,
} from "../../src/smtp/session-context.ts";

function address(given: Record<string, unknown>): SMTPServerAddress {
  return { address: "joe@example.com", args: false, ...given } as SMTPServerAddress;
}

function session(given: Record<string, unknown> = {}): SMTPServerSession {
  return {
    remoteAddress: "192.0.2.7",
    hostNameAppearsAs: "client.test",
    tlsOptions: false,
    xClient: new Map(),
    envelope: {},
    ...given,
  } as unknown as SMTPServerSession;
}

function listener(options: Record<string, unknown>): SmtpListener {
  const [parsed] = configSchema.parse({
    bindings: { out: {} },
    listeners: [{ protocol: "smtp", listen: "127.0.0.1:0", direction: "outbound", ...options }],
  }).listeners;
  if (parsed?.protocol !== "smtp") throw new Error("expected an SMTP listener");
  return parsed;
}

describe("a parameter of MAIL or RCPT", () => {
  test.each(["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"])("MAIL takes %s", (keyword) => {
    expect(unknownParameter("MAIL", address({ args: { [keyword]: "1" } }))).toBeUndefined();
  });

  test.each(["NOTIFY", "ORCPT"])("RCPT takes %s", (keyword) => {
    expect(unknownParameter("RCPT", address({ args: { [keyword]: "1" } }))).toBeUndefined();
  });

  test.each([
    ["MAIL", "NOTIFY"],
    ["MAIL", "HOLDFOR"],
    ["MAIL", "constructor"],
    ["RCPT", "SIZE"],
    ["RCPT", "__PROTO__"],
  ] as const)("%s with %s is refused", (command, keyword) => {
    expect(unknownParameter(command, address({ args: { [keyword]: "1" } }))).toMatchObject({
      code: 555,
      enhancedCode: "5.5.4",
      text: `${command} parameter not implemented`,
    });
  });

  test("none is no error", () => {
    expect(unknownParameter("MAIL", address({}))).toBeUndefined();
  });
});

describe("the parameters of MAIL", () => {
  test("are those that the client sent", () => {
    const envelope = {
      bodyType: "8bitmime",
      smtpUtf8: true,
      dsn: { ret: "HDRS", envid: "id" },
    };
    const mail = mailParameters(address({ args: { SIZE: "1234" } }), session({ envelope }));
    expect(mail).toEqual({
      from: "joe@example.com",
      eightBit: true,
      smtpUtf8: true,
      sizeBytes: 1234,
      ret: "headers",
      envid: "id",
    });
  });

  test("are absent if the client sent none, and the domain has A-labels", () => {
    expect(mailParameters(address({ address: "joe@b\u00fccher.example" }), session())).toEqual({
      from: "joe@xn--bcher-kva.example",
      eightBit: false,
      smtpUtf8: false,
    });
    expect(mailParameters(address({ address: "" }), session()).from).toBe("");
  });
});

test.each([
  [undefined, {}],
  [{}, {}],
  [{ notify: ["success", "DELAY"] }, { dsn: { notify: ["success", "delay"] } }],
  [{ notify: ["NEVER"], orcpt: "rfc822;a@b" }, { dsn: { notify: ["never"], orcpt: "rfc822;a@b" } }],
  [{ orcpt: "rfc822;a@b" }, { dsn: { orcpt: "rfc822;a@b" } }],
])("DSN parameters of RCPT: %j", (dsn, found) => {
  expect(recipientParameters(address({ dsn }))).toEqual({ address: "joe@example.com", ...found });
});

describe("the context of a message", () => {
  test("of an unknown client", () => {
    const from = listener({ name: "submission", clients: ["0.0.0.0/0"], relayNetworks: [] });
    expect(mailContext(session(), from, new ClientTrust(from), "1A", 5)).toEqual({
      direction: "outbound",
      queueId: "1A",
      listener: "submission",
      heloName: "client.test",
      relayNetwork: false,
      submitter: false,
      receivedMs: 5,
      variables: new Map(),
      remoteAddress: "192.0.2.7",
      unsigned: "foreign-client",
    });
  });

  test("of a user over TLS, whose address a proxy does not know", () => {
    const from = listener({ binding: "out" });
    const known = session({
      user: "joe",
      xClient: new Map([["ADDR", false]]),
      tlsOptions: { version: "TLSv1.3", name: "TLS_AES_256_GCM_SHA384" },
    });
    const context = mailContext(known, from, new ClientTrust(from), "1A", 5);
    expect(context).toMatchObject({ authUser: "joe", submitter: true, binding: "out" });
    expect(context.variables).toEqual(
      new Map([
        ["tls_version", "TLSv1.3"],
        ["cipher", "TLS_AES_256_GCM_SHA384"],
      ]),
    );
    expect(context).not.toHaveProperty("remoteAddress");
    expect(context).not.toHaveProperty("unsigned");
  });

  test("inbound mail is not of a submitter", () => {
    const from = listener({ direction: "inbound" });
    const context = mailContext(session(), from, new ClientTrust(from), "1A", 5);
    expect(context).toMatchObject({ direction: "inbound", submitter: false });
  });
});
