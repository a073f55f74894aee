import { expect, test } from "vitest";
import { serveRelay, tokenFile } from "../support/served-relay.ts";

test("it does not listen on a public address without a token or with a weak one", async () => {
  await expect(serveRelay({ web: "0.0.0.0:0" })).rejects.toThrow(/open to other machines/);
  await expect(serveRelay({ tokenFile: tokenFile("short") })).rejects.toThrow(/16 characters/);
});
