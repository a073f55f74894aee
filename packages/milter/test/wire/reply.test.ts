import { packet, strings, uint32 } from "@mailseal/testkit/milter-mta";
import { expect, test } from "vitest";
import { encodeReply, type Reply } from "../../src/wire/reply.ts";
import { smtpReply } from "../../src/wire/smtp-reply.ts";

test.each<[Reply, Uint8Array]>([
  [{ kind: "continue" }, packet("c")],
  [{ kind: "accept" }, packet("a")],
  [{ kind: "reject" }, packet("r")],
  [{ kind: "tempfail" }, packet("t")],
  [{ kind: "discard" }, packet("d")],
  [{ kind: "skip" }, packet("s")],
  [{ kind: "progress" }, packet("p")],
  [{ kind: "connection-failure" }, packet("f")],
  [{ kind: "shutdown" }, packet("4")],
  [
    { kind: "negotiate", version: 6, actions: 1, protocol: 0x8000_0001, macros: [] },
    packet("O", uint32(6, 1, 0x8000_0001)),
  ],
  [
    {
      kind: "negotiate",
      version: 6,
      actions: 0x100,
      protocol: 0,
      macros: [
        { stage: 0, names: "j {x}" },
        { stage: 5, names: "i" },
      ],
    },
    packet("O", uint32(6, 0x100, 0, 0), "j {x}\0", uint32(5), "i\0"),
  ],
  [
    smtpReply({ code: 550, enhancedCode: "5.7.1", text: "100% no" }),
    packet("y", "550 5.7.1 100%% no\0"),
  ],
  [{ kind: "addHeader", name: "A", value: " b" }, packet("h", strings("A", " b"))],
  [
    { kind: "insertHeader", index: 1, name: "A", value: Buffer.from(" b\n\tc") },
    packet("i", uint32(1), strings("A", " b\n\tc")),
  ],
  [
    { kind: "changeHeader", occurrence: 2, name: "A", value: "" },
    packet("m", uint32(2), strings("A", "")),
  ],
  [{ kind: "changeSender", address: "<a@b>", parameters: [] }, packet("e", strings("<a@b>"))],
  [
    { kind: "changeSender", address: "<a@b>", parameters: ["SIZE=1", "RET=FULL"] },
    packet("e", strings("<a@b>", "SIZE=1 RET=FULL")),
  ],
  [{ kind: "addRecipient", address: "<a@b>" }, packet("+", strings("<a@b>"))],
  [
    { kind: "addRecipientWithParameters", address: "<a@b>", parameters: ["NOTIFY=NEVER"] },
    packet("2", strings("<a@b>", "NOTIFY=NEVER")),
  ],
  [{ kind: "deleteRecipient", address: "<a@b>" }, packet("-", strings("<a@b>"))],
  [{ kind: "replaceBody", chunk: Buffer.from("x\0y") }, packet("b", "x\0y")],
  [{ kind: "quarantine", reason: "held" }, packet("q", "held\0")],
])("encodes %j", (reply, expected) => {
  expect(Buffer.from(encodeReply(reply)).equals(expected)).toBe(true);
});
