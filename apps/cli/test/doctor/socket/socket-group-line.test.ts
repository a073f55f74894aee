import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readConfig } from "@mailseal/config";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { socketGroupLine } from "../../../src/doctor/socket/socket-group-line.ts";

const listen = "unix:/var/spool/postfix/mailseal/milter.sock";

test.each([
  [
    "a block",
    `listeners:\n  - protocol: milter\n    listen: ${listen}\n    direction: auto\n`,
    undefined,
  ],
  [
    "a block that starts with the address",
    `listeners:\n- listen: "${listen}"\n  protocol: milter\n`,
    undefined,
  ],
  ["braces", `listeners: [{ protocol: milter, listen: "${listen}" }]\n`, undefined],
  [
    "braces over lines",
    `listeners:\n  - {\n      protocol: milter,\n      listen: "${listen}",\n    }\n`,
    undefined,
  ],
  [
    "a block with another group",
    `listeners:\n  - protocol: milter\n    listen: ${listen}\n    socketGroup: mail\n`,
    "mail",
  ],
  [
    "braces with another group",
    `listeners: [{ protocol: milter, socketGroup: "mail", listen: "${listen}" }]\n`,
    "mail",
  ],
])("the group is set in %s", async (_, text, socketGroup) => {
  const file = writeTestFile(temporaryDirectory("test"), "mailseal.yaml", text);
  const [command = "exit 1"] = await socketGroupLine(file, { listen, socketGroup }, "postfix");
  execFileSync("sh", ["-c", command]);
  const { config, problems } = readConfig(readFileSync(file, "utf8"), {});
  expect(problems.filter(({ level }) => level === "error")).toEqual([]);
  expect(config?.listeners).toMatchObject([{ listen, socketGroup: "postfix" }]);
});
