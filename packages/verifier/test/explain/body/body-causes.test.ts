import { expect, test } from "vitest";
import { codesOf, signed } from "../../support/explained.ts";

test("a body shorter than l=", async () => {
  const text = signed({ bodyLength: true }).replace("here is the plan.\r\nAda\r\n", "");
  expect(await codesOf(text)).toEqual(["body-truncated"]);
});
