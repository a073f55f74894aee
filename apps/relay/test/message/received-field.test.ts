import { formatFields } from "@mailseal/syntax";
import { expect, test } from "vitest";
import { receivedField } from "../../src/message/received-field.ts";

test("the Received field is printable for any client name", () => {
  const field = receivedField({
    heloName: "x\r\nEvil: yes (é",
    remoteAddress: "2001:db8::1",
    hostname: "relay.test",
    transmissionType: "ESMTPS",
    queueId: "ABC",
    at: new Date(Date.UTC(2026, 10, 5, 4, 3, 2)),
  });
  expect(formatFields([field])).toBe(
    "Received: from x??Evil:?yes???  ([IPv6:2001:db8::1])\r\n".replace("???  ", "??? ") +
      "\tby relay.test (Mailseal) with ESMTPS id ABC;\r\n\tThu, 5 Nov 2026 04:03:02 +0000\r\n",
  );
});
