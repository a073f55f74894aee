import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { readmeExample } from "@mailseal/testkit";
import { packet, ScriptedMta, strings } from "@mailseal/testkit/milter-mta";
import { expect, onTestFinished, test } from "vitest";

test("the example in the README runs", { timeout: 60_000 }, async () => {
  const directory = new URL("..", import.meta.url).pathname;
  const example = readmeExample(await readFile(join(directory, "README.md"), "utf8"));
  // Inside the package, because a package can import itself by name only from its own folder.
  const file = join(directory, `.readme-example-${randomUUID()}.ts`);
  onTestFinished(() => rm(file, { force: true }));
  await writeFile(file, example ?? "");
  const program = spawn(process.execPath, [file, "0"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void program.kill());
  const [line] = (await once(createInterface(program.stdout), "line")) as [string];
  const [, port] = /^smtpd_milters = inet:127\.0\.0\.1:(\d+)$/.exec(line) ?? [];

  const socket = connect({ host: "127.0.0.1", port: Number(port) });
  const out = new PassThrough();
  const mta = new ScriptedMta(out, socket.pipe(new PassThrough()));
  out.pipe(socket);
  expect((await mta.negotiate()).actions).toBe(1);
  mta.send(
    packet("M", "<a@example.com>\0"),
    packet("L", strings("Subject", " Lunch")),
    packet("B", "At noon?\r\n"),
  );
  // printf 'Subject: Lunch\r\n\r\nAt noon?\r\n' | sha256sum
  const hash = "6c78657a908fd4b87f55bd21083d94369ac68b16394ea6bac5938e705fb4680c";
  expect(await mta.say("E")).toBe(`i|||\u0001X-SHA256| ${hash}|`);
  expect(await mta.reply()).toMatchObject({ letter: "c" });
});
