import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { expect, onTestFinished, test } from "vitest";
import { askKeyCheck } from "../../src/admin/client.ts";
import { type Endpoint, HttpServer, programEndpoints } from "../../src/index.ts";
import { configOf, controlOf, keyFile } from "../support/program.ts";

const optionNames = { listen: "admin.listen", tokenFile: "admin.tokenFile" };

async function started(
  endpoints: readonly Endpoint[],
  tokenFile?: string,
): Promise<{ host: string; port: number }> {
  const config = { listen: "127.0.0.1:0", tokenFile, optionNames };
  const server = await HttpServer.start(config, endpoints);
  onTestFinished(() => server.stop());
  const { address } = server;
  return { host: "127.0.0.1", port: "port" in address ? address.port : 0 };
}

const named = (file: string) => ({ domain: "example.com", selector: "s1", keyFile: file });

test("a key that the program can use is usable, and one that it cannot has a problem", async () => {
  const target = await started(programEndpoints(controlOf(configOf())));
  const user = { uid: process.geteuid?.(), gid: process.getegid?.() };
  expect(await askKeyCheck(target, named(keyFile()))).toEqual({
    usable: true,
    problem: undefined,
    ...user,
  });
  const missing = await askKeyCheck(target, named("/nowhere/a?b.key"));
  expect(missing).toMatchObject({ usable: false, ...user });
  // The reason, and what to do.
  expect(missing?.problem).toMatch(/\/nowhere\/a\?b\.key.*; ./);
});

test("no program, or one without the endpoint, gives no answer", async () => {
  const nobody = { host: "127.0.0.1", port: await freePort() };
  expect(await askKeyCheck(nobody, named("/x.key"))).toBeUndefined();
  expect(await askKeyCheck({ path: "/nowhere.sock" }, named("/x.key"))).toBeUndefined();
  expect(await askKeyCheck(await started([]), named("/x.key"))).toBeUndefined();
});

test("any other answer is an error that has its reason", async () => {
  const token = "0123456789abcdef";
  const tokenFile = writeTestFile(temporaryDirectory("test"), "token", token);
  const target = await started(programEndpoints(controlOf(configOf())), tokenFile);
  const file = keyFile();
  await expect(askKeyCheck(target, named(file), "wrong")).rejects.toThrow(
    "expected an answer about a key, got HTTP 401: expected Authorization: Bearer and the token",
  );
  await expect(askKeyCheck(target, named("relative.key"), token)).rejects.toThrow("HTTP 400");
  expect(await askKeyCheck(target, named(file), token)).toMatchObject({ usable: true });
});
