import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { leftSocket } from "@mailseal/testkit/left-socket";
import { expect, onTestFinished, test } from "vitest";
import { boundAddress, listenOn, removeStaleSockets } from "../../src/index.ts";

function server(): Server {
  const made = createServer((socket) => socket.destroy());
  onTestFinished(async () => void made.close());
  return made;
}

function configOf(path: string): Parameters<typeof removeStaleSockets>[0] {
  return configSchema.parse({ listeners: [{ protocol: "milter", listen: `unix:${path}` }] });
}

test.each([0o600, 0o660, 0o666])("a socket has its mode: %o", async (mode) => {
  const path = join(temporaryDirectory("test"), "made", "socket");
  const listening = server();
  await listenOn(listening, { path }, { mode });
  expect(statSync(path).mode & 0o777).toBe(mode);
  expect(boundAddress(listening)).toEqual({ path });
});

test("a stale socket is replaced", async () => {
  const path = join(temporaryDirectory("test"), "socket");
  leftSocket(path);
  expect(existsSync(path)).toBe(true);
  await listenOn(server(), { path });
});

test("a socket that is served is not replaced", async () => {
  const path = join(temporaryDirectory("test"), "socket");
  await listenOn(server(), { path });
  await expect(listenOn(server(), { path })).rejects.toMatchObject({ code: "listen" });
});

test("only sockets that nobody serves are removed", async () => {
  const directory = temporaryDirectory("test");
  const [left, served] = [join(directory, "left"), join(directory, "served")];
  leftSocket(left);
  const serving = server().listen(served);
  await once(serving, "listening");
  await removeStaleSockets(configOf(left));
  await removeStaleSockets(configOf(served));
  await removeStaleSockets(configOf(join(directory, "none")));
  expect([existsSync(left), existsSync(served)]).toEqual([false, true]);
});
