import { createServer } from "node:net";
import { join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkHealth, HttpServer, programEndpoints } from "../../src/index.ts";
import { configOf, controlOf } from "../support/program.ts";

const optionNames = { listen: "admin.listen", tokenFile: "admin.tokenFile" };

describe("the check of a running program", () => {
  const started = async (isReady: boolean, tokenFile?: string): Promise<string> => {
    const listen = `unix:${join(temporaryDirectory("test"), "admin.sock")}`;
    const control = controlOf(configOf(), undefined, isReady);
    const server = await HttpServer.start(
      { listen, tokenFile, optionNames },
      programEndpoints(control),
    );
    onTestFinished(() => server.stop());
    return listen;
  };

  test("passes while it serves", async () => {
    await expect(
      checkHealth({ listen: await started(true), optionNames }),
    ).resolves.toBeUndefined();
  });

  test("sends the token", async () => {
    const tokenFile = writeTestFile(temporaryDirectory("test"), "token", "0123456789abcdef", 0o600);
    const listen = await started(true, tokenFile);
    await expect(checkHealth({ listen, tokenFile, optionNames })).resolves.toBeUndefined();
    await expect(checkHealth({ listen, optionNames })).rejects.toMatchObject({
      code: "health",
      message: `admin.listen ${listen}: expected the answer of a program that serves, got HTTP 401`,
    });
  });

  test("fails while it starts or stops", async () => {
    const listen = await started(false);
    await expect(checkHealth({ listen, optionNames })).rejects.toMatchObject({
      code: "health",
      message: `admin.listen ${listen}: the program does not serve: it is starting or stopping`,
    });
  });

  test("fails with the reason if nothing listens", async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    await expect(checkHealth({ listen, optionNames })).rejects.toMatchObject({
      code: "health",
      message: `admin.listen ${listen}: connection refused. Is the program running with this config?`,
    });
    await expect(
      checkHealth({ listen: "unix:/nowhere.sock", optionNames: { listen: "worker.admin" } }),
    ).rejects.toMatchObject({
      message:
        "worker.admin unix:/nowhere.sock: there is no such socket. Is the program running with this config?",
    });
  });

  test("fails if something else answers", async () => {
    const path = join(temporaryDirectory("test"), "other.sock");
    const other = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("220 mail.example.com ESMTP\r\n");
    });
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(() => void other.close());
    await expect(checkHealth({ listen: `unix:${path}`, optionNames })).rejects.toMatchObject({
      code: "health",
    });
  });
});
