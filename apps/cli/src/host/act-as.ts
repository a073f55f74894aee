import { execFile } from "node:child_process";
import process from "node:process";
import type { SystemUser } from "./accounts.ts";

/** What a user tries to do. Paths are those of this process. */
export type Action = { readonly kind: "read"; readonly path: string } | ConnectAction;

export interface ConnectAction {
  readonly kind: "connect";
  readonly to: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Entered before the process becomes the user, as Postfix does with its queue directory. */
  readonly from?: string;
  /** Sent at once, in hex. */
  readonly send: string;
  /** Octets of the reply to wait for. */
  readonly replyBytes: number;
  /** Sent before the connection ends, in hex. */
  readonly bye: string;
}

export type Acted =
  | { readonly outcome: "done"; readonly reply: Buffer }
  | {
      readonly outcome: "failed";
      /** As of the system call, such as "EACCES"; "TIMEOUT" without a reply. */
      readonly code: string;
      /** The first directory of the path that the user may not enter. */
      readonly closed?: string;
    }
  /** Only root can become another user. */
  | { readonly outcome: "not-root" };

const timeoutMs = 10_000;
const replyTimeoutMs = 5_000;

/**
 * Tries it in a process that has become the user, so that permissions, access control lists and mounts all count. It has the
 * groups of `user` and no others. Rejects if no such process can be started.
 */
export async function actAs(
  user: Pick<SystemUser, "uid" | "gid" | "gids">,
  action: Action,
): Promise<Acted> {
  if (process.geteuid?.() !== 0 && process.geteuid?.() !== user.uid) return { outcome: "not-root" };
  const order = { uid: user.uid, gid: user.gid, gids: [...user.gids], action, replyTimeoutMs };
  const answer = await output(["-e", script, JSON.stringify(order)]);
  const { reply = "", ...acted } = JSON.parse(answer) as {
    readonly outcome: "done" | "failed";
    readonly reply?: string;
    readonly code: string;
    readonly closed?: string;
  };
  return acted.outcome === "done"
    ? { outcome: "done", reply: Buffer.from(reply, "hex") }
    : { ...acted, outcome: "failed" };
}

function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // Without the environment: NODE_OPTIONS could make it load code of this user.
    execFile(process.execPath, args, { env: {}, timeout: timeoutMs }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error("a process of another user could not be started", { cause: error }));
    });
  });
}

/** It starts as root, because the other user may not be allowed to run this copy of Node. */
const script = `
const { accessSync, closeSync, constants, openSync, readSync } = require("node:fs");
const { connect } = require("node:net");
const { dirname, isAbsolute } = require("node:path");
const { uid, gid, gids, action, replyTimeoutMs } = JSON.parse(process.argv[1]);
const end = (result) => process.stdout.write(JSON.stringify(result), () => process.exit(0));
const closedIn = (path) => {
  const folders = [];
  for (let at = dirname(path); at !== "."; at = dirname(at)) {
    folders.unshift(at);
    if (at === dirname(at)) break;
  }
  return folders.find((folder) => {
    try { accessSync(folder, constants.X_OK); } catch (error) { return error.code === "EACCES"; }
  });
};
const fail = (path) => ({ code = "UNKNOWN" }) => {
  const closed = path === undefined || code !== "EACCES" ? undefined : closedIn(path);
  end({ outcome: "failed", code, ...(closed === undefined ? {} : { closed }) });
};
if (action.from !== undefined) process.chdir(action.from);
if (process.getuid() === 0) {
  process.setgroups(gids);
  process.setgid(gid);
  process.setuid(uid);
}
if (action.kind === "read") {
  try {
    const file = openSync(action.path, constants.O_RDONLY | constants.O_NONBLOCK);
    readSync(file, Buffer.alloc(1));
    closeSync(file);
    end({ outcome: "done" });
  } catch (error) { fail(action.path)(error); }
} else {
  const socket = connect(action.to);
  let reply = Buffer.alloc(0);
  const timer = setTimeout(() => fail()({ code: "TIMEOUT" }), replyTimeoutMs);
  const done = () => {
    clearTimeout(timer);
    socket.end(Buffer.from(action.bye, "hex"));
    end({ outcome: "done", reply: reply.toString("hex") });
  };
  socket.once("error", fail(action.to.path));
  socket.once("connect", () => socket.write(Buffer.from(action.send, "hex")));
  socket.once("end", done);
  socket.on("data", (bytes) => {
    reply = Buffer.concat([reply, bytes]);
    if (reply.length >= action.replyBytes) done();
  });
}
`;
