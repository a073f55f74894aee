import { expect, test } from "vitest";
import { encodeUpdate } from "../../src/dns-update/update-message.ts";

test("an update with one change has the octets of RFC 2136 2", () => {
  const removal = { action: "remove", domain: "a.b", selector: "s", name: "s.a.b" } as const;
  expect(encodeUpdate(0x1234, "a.b", [removal], "absent").toString("hex")).toBe(
    "1234" +
      "2800" +
      "0001" +
      "0000" +
      "0001" +
      "0000" +
      "0161016200" +
      "0006" +
      "0001" +
      "01730161016200" +
      "0010" +
      "00ff" +
      "00000000" +
      "0000",
  );
});
