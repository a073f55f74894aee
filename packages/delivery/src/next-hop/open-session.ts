import { isIP, type Socket } from "node:net";
import type { NextHop } from "@mailseal/config";
import { readSecretFile, strictRules } from "@mailseal/config/secrets";
import { printable } from "@mailseal/syntax";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { TransientDeliveryError } from "../errors.ts";
import { checkNextHop } from "./next-hop-rules.ts";
import { type Extensions, NextHopSession } from "./next-hop-session.ts";
import { maximumReplyBytes } from "./reply-reader.ts";

/** EHLO, EHLO again after STARTTLS, and AUTH. */
const setupReplies = 3;

/**
 * Connects to a next hop. smtp-connection does DNS, greeting, EHLO, TLS and AUTH. Its `send` is not used, because it
 * sends the whole envelope at once, with the same DSN parameters for all recipients, while a proxy must pass on the
 * reply to each recipient.
 *
 * Throws a `TransientDeliveryError`, or a `DeliveryOptionError` "bad-option" for a next hop with a wrong member.
 *
 * ```ts
 * const pool = new NextHopPool(() => openSession(nextHop, "us.example.com"), poolOptions);
 * ```
 */
export async function openSession(
  nextHop: NextHop,
  heloName: string,
  /** The name of the host, for its certificate and its replies, if `nextHop.host` is an address. */
  serverName?: string,
): Promise<NextHopSession> {
  checkNextHop(nextHop);
  const connection = new SMTPConnection({
    host: nextHop.host,
    port: nextHop.port,
    secure: nextHop.tls === "implicit",
    ignoreTLS: nextHop.tls === "never",
    requireTLS: nextHop.tls === "required",
    opportunisticTLS: nextHop.tls === "opportunistic",
    name: nextHop.heloName ?? heloName,
    connectionTimeout: nextHop.connectTimeout,
    greetingTimeout: nextHop.connectTimeout,
    dnsTimeout: nextHop.connectTimeout,
    socketTimeout: nextHop.commandTimeout,
    maxResponseSize: maximumReplyBytes,
    tls: {
      rejectUnauthorized: nextHop.verifyCertificate,
      // RFC 6066 3 allows no address as a server name.
      ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
    },
    logger: false,
    ...(nextHop.localAddress === undefined ? {} : { localAddress: nextHop.localAddress }),
  });
  const setUp = async (): Promise<NextHopSession> => {
    await connected(connection);
    const extensions = extensionsOf(connection.lastServerResponse);
    await authenticated(connection, nextHop);
    const host = serverName ?? nextHop.host;
    return new NextHopSession(takeSocket(connection), extensions, host, nextHop.commandTimeout);
  };
  try {
    // The library's own limit starts again with each octet, so that a server could keep a session from opening for ever.
    return await within(nextHop.connectTimeout + setupReplies * nextHop.commandTimeout, setUp());
  } catch (error) {
    const upgrading = connection.upgrading === true;
    connection.close();
    throw deliveryErrorOf(error, nextHop, serverName, upgrading);
  }
}

async function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error(`not within ${timeoutMs} ms`), { code: "ETIMEDOUT" }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function connected(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    // The listener stays, because the library may report an error later.
    connection.on("error", reject);
    connection.on("end", () => reject(new Error("the connection was closed")));
    connection.connect((error) => {
      if (error === undefined || error === null) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

async function readPassword(file: string): Promise<string> {
  const read = await readSecretFile(file, strictRules);
  if (read.status === "read") return firstLine(read.bytes.toString("utf8"));
  throw new TransientDeliveryError("4.3.5", `passwordFile ${read.reason}; ${read.remedy}`);
}

async function authenticated(connection: SMTPConnection, nextHop: NextHop): Promise<void> {
  const { username, password, passwordFile, tls, host } = nextHop;
  if (username === undefined) {
    return;
  }
  if (!connection.secure && tls !== "never") {
    throw new TransientDeliveryError(
      "4.7.0",
      `next hop ${host} offers no TLS, and the password is not sent without it; "tls: never" allows that`,
    );
  }
  const pass = passwordFile === undefined ? password : await readPassword(passwordFile);
  await new Promise<void>((resolve, reject) => {
    connection.login({ user: username, pass: pass ?? "" }, (error) => {
      if (error === undefined || error === null) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}

/** Takes the socket from the library once the session is set up. */
function takeSocket(connection: SMTPConnection): Socket {
  const socket = connection._socket;
  if (socket === false || socket === null || socket.destroyed) {
    throw new Error("the connection was closed");
  }
  socket.removeAllListeners("data");
  socket.removeAllListeners("timeout");
  socket.setTimeout(0);
  return socket;
}

function extensionsOf(reply: string | false): Extensions {
  const extensions = new Map<string, string>();
  if (reply === false || !/^250[ -]/.test(reply)) {
    return extensions;
  }
  for (const line of reply.split("\n").slice(1)) {
    const [keyword = "", ...parameters] = line.slice(4).trim().split(/\s+/);
    extensions.set(keyword.toUpperCase(), parameters.join(" "));
  }
  return extensions;
}

/** The maximum length of a quoted reply. */
const longestQuote = 300;

/** The enhanced code and the text for each error code of smtp-connection or Node. */
const faults: ReadonlyMap<string, readonly [enhancedCode: string, what: string]> = new Map([
  ["EDNS", ["4.4.3", "has no address at the moment"]],
  ["ETLS", ["4.7.5", "failed the TLS handshake"]],
  ["EAUTH", ["4.7.8", "rejects our credentials"]],
  ["ENOAUTH", ["4.7.8", "rejects our credentials"]],
  ["ETIMEDOUT", ["4.4.2", "did not reply in time"]],
  ["EPROTOCOL", ["4.4.2", "sent no greeting"]],
]);

/** `upgrading`: between STARTTLS and the end of the handshake. */
function deliveryErrorOf(
  error: unknown,
  { host, port }: NextHop,
  serverName: string | undefined,
  upgrading: boolean,
): TransientDeliveryError {
  if (error instanceof TransientDeliveryError) {
    return error;
  }
  const code = codeOf(error, "code");
  // smtp-connection keeps Node's own code there; those of TLS are words, as in CERT_HAS_EXPIRED.
  const original = codeOf(error, "originalCode");
  const isTls = code === "ESOCKET" && (upgrading || original.includes("_"));
  const [enhancedCode, what] = faults.get(isTls ? "ETLS" : code) ?? ["4.4.1", "cannot be reached"];
  const text = `next hop ${host}:${port} ${what}${isTls ? ` (${original})` : ""}`;
  const refused = isTls ? undefined : refusalIn(error);
  return refused === undefined
    ? new TransientDeliveryError(enhancedCode, text, { cause: error })
    : new TransientDeliveryError(enhancedCode, `${text}: ${refused}`, {
        cause: error,
        quoted: { host: serverName ?? host, text: refused },
      });
}

/** The first line of a refusal in place of the greeting or of the reply to EHLO, printable. */
function refusalIn(error: unknown): string | undefined {
  const response = error instanceof Error && "response" in error ? error.response : undefined;
  const line = typeof response === "string" ? (response.split(/\r?\n/, 1)[0] ?? "") : "";
  return /^[45]\d\d/.test(line) ? printable(line).slice(0, longestQuote) : undefined;
}

function codeOf(error: unknown, name: "code" | "originalCode"): string {
  return error instanceof Error && name in error
    ? String((error as Error & Record<typeof name, unknown>)[name])
    : "";
}
