import { expect, test } from "vitest";
import { codesOf, explained, signed } from "../support/explained.ts";

test("a signature that cannot be read", async () => {
  expect(await codesOf(signed().replace(" a=rsa-sha256;", ""))).toEqual([
    "not-determined dkim-signature",
  ]);
});

test("what the header proves of the body comes first, what is not determined last", async () => {
  const text = signed().replace("The plan", "Another thing").replace("Ada\r\n", "Ada\r\n-- \r\n");
  expect(await codesOf(text)).toEqual(["body-appended", "not-determined"]);
});

test("a header that is as it was signed proves the hash of a body that was edited", async () => {
  const { signatures } = await explained(signed().replace("plan.\r\n", "other plan.\r\n"));
  expect(signatures[0]?.causes).toEqual([
    expect.objectContaining({
      code: "body-edited",
      evidence: expect.stringContaining("the signature proves the header") as string,
    }),
  ]);
});
