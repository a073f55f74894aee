import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { asked, started } from "../support/recipients.ts";

describe("an inbound queue listener with recipients", () => {
  test("refuses recipients that are not in its list at RCPT, and queues nothing for them", async () => {
    const { port, depth, log } = await started({ list: ["ann@example.net", "example.org"] });
    expect(await asked(port, "nobody@example.net")).toEqual(["550 5.1.1"]);
    expect(await depth()).toBe(0);
    expect(await asked(port, "Ann@example.net", "any@example.org", "x@example.net")).toEqual([
      "250 2.1.5",
      "250 2.1.5",
      "550 5.1.1",
    ]);
    expect(await depth()).toBe(1);
    expect(log().some(({ msg }) => String(msg).includes("recipient"))).toBe(true);
  });

  test("uses the table in a file, and follows its changes", async () => {
    const file = `${temporaryDirectory("test")}/relay_recipients`;
    writeFileSync(file, "ann@example.net OK\n");
    const { port, log } = await started({ file, delimiter: "+" });
    expect(await asked(port, "ann+x@example.net", "bob@example.net")).toEqual([
      "250 2.1.5",
      "550 5.1.1",
    ]);
    writeFileSync(`${file}.new`, "bob@example.net OK\n");
    renameSync(`${file}.new`, file);
    while (!log().some(({ msg }) => msg === "recipients file read again")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await asked(port, "ann@example.net", "bob@example.net")).toEqual([
      "550 5.1.1",
      "250 2.1.5",
    ]);
  });

  test("does not start with a file that others may write", async () => {
    const file = `${temporaryDirectory("test")}/relay_recipients`;
    writeFileSync(file, "ann@example.net OK\n");
    chmodSync(file, 0o664);
    await expect(started({ file })).rejects.toThrow(/recipients file .*chmod go-w/);
  });

  test("does not start with a file that cannot be read", async () => {
    await expect(started({ file: "/nonexistent/recipients" })).rejects.toMatchObject({
      code: "recipients-file",
    });
  });
});
