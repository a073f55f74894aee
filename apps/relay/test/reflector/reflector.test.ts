import type { Pipeline } from "@mailseal/policy";
import { submit } from "@mailseal/testkit/smtp-client";
import type { Verdict } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import { signingPipeline, startRelay, type TestRelayOptions } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const verdict: Verdict = {
  result: "fail",
  code: "body-hash-mismatch",
  reason: "the body was changed",
  bodyHash: "mismatch",
  signature: "match",
  domain: "example.com",
  selector: "s1",
  testing: false,
  noSubdomains: false,
  signedFields: ["from"],
  unsignedBodyBytes: 0,
  aligned: "strict",
  trusted: false,
};

/** Inbound mail is rejected with one verdict; outbound is signed. */
const pipeline: Pipeline = {
  process: async (message, envelope, context) =>
    context.direction === "outbound"
      ? signingPipeline().process(message, envelope, context)
      : {
          disposition: {
            action: "reject",
            code: 550,
            enhancedCode: "5.7.20",
            text: "no valid signature",
          },
          prepend: [],
          remove: [],
          binding: "out",
          signatures: [],
          report: { from: ["joe@example.com"], signatures: [verdict] },
        },
};

const options: Omit<TestRelayOptions, "nextHopPort"> = {
  pipeline,
  listener: { direction: "inbound" },
  config: { reflector: { address: "verify@relay.test", perSenderPerHour: 2 } },
};
const fields =
  "From: joe@example.com\r\nSubject: Am I =?UTF-8?Q?s=C3=ABcure=3F?=\r\nMessage-ID: <1@example.com>\r\n";
const mail = {
  mailFrom: "<joe@example.com>",
  rcptTo: ["<verify@relay.test>"],
  message: Buffer.from(`${fields}\r\nhi\r\n`),
};

describe("the reflector", () => {
  test("answers with the verdict, signed, from the null sender", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port, ...options });
    const replies = await submit({ ...mail, port });
    expect(replies.message).toMatch(/^250/);
    expect(sink.messages).toHaveLength(1);
    const [answer] = sink.messages;
    expect(answer).toMatchObject({ mailFrom: "<>", rcptTo: ["<joe@example.com>"] });
    const text = answer?.bytes.toString() ?? "";
    expect(text).toMatch(/^DKIM-Signature: /);
    expect(text).toContain("\r\nAuto-Submitted: auto-replied\r\n");
    expect(text).toContain("\r\nIn-Reply-To: <1@example.com>\r\n");
    expect(text).toContain("Subject: DKIM verdict: Am I =?UTF-8?Q?s=C3=ABcure=3F?=");
    expect(text).toContain(
      "Signature 1: fail - the body was changed\r\n  code: body-hash-mismatch",
    );
  });

  test.each([
    ["the null sender", { mailFrom: "<>" }],
    [
      "a program",
      { message: Buffer.from(`${fields}Auto-Submitted: auto-generated\r\n\r\nhi\r\n`) },
    ],
    ["a list", { message: Buffer.from(`${fields}List-Id: <l.example.com>\r\n\r\nhi\r\n`) }],
    ["bulk mail", { message: Buffer.from(`${fields}Precedence: Bulk\r\n\r\nhi\r\n`) }],
  ])("does not answer %s", async (_name, changes) => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port, ...options });
    const replies = await submit({ ...mail, ...changes, port });
    expect(replies.message).toBe("250 2.0.0 OK, not answered");
    expect(sink.messages).toEqual([]);
  });

  test("answers a sender up to the hourly limit, and then refuses", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port, ...options });
    await submit({ ...mail, port });
    await submit({ ...mail, port });
    const third = await submit({ ...mail, port });
    expect(third.message).toMatch(/^450 4\.7\.1/);
    expect(sink.messages).toHaveLength(2);
  });

  test("other recipients get the reply of the policy", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port, ...options });
    const replies = await submit({ ...mail, port, rcptTo: [...mail.rcptTo, "<ann@example.net>"] });
    expect(replies.message).toBe("550 5.7.20 no valid signature");
  });

  test("replies 4xx if the report cannot be sent", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "rcpt" ? "450 4.2.0 later" : undefined),
    });
    const { port } = await startRelay({ nextHopPort: sink.port, ...options });
    const replies = await submit({ ...mail, port });
    expect(replies.message).toBe("450 4.2.0 later");
  });
});
