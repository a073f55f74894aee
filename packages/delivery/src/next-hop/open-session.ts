import type { Socket } from "node:net";
import type { NextHop } from "@mailseal/config";
import { readSecretFile, strictRules } from "@mailseal/config/secrets";
import { printable } from "@mailseal/syntax";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { TransientDeliveryError } from "../errors.ts";
import { type Extensions, NextHopSession } from "./next-hop-session.ts";

/**
 * Connects to a next hop. smtp-connection does DNS, greeting, EHLO, TLS and AUTH. Its `send` is not used: it takes the
 * whole envelope at once and has DSN parameters for all recipients together, while a proxy must pass on the reply to
 * each recipient.
 *
 * Throws a `TransientDeliveryError`.
 */
export async function openSession(
  nextHop: NextHop,
  heloName: string,
  /** The name in its certificate, if `host` is an address. */
  serverName?: string,
): Promise<NextHopSession> {
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
    tls: {
      rejectUnauthorized: nextHop.verifyCertificate,
      ...(serverName === undefined ? {} : { servername: serverName }),
    },
    logger: false,
    ...(nextHop.localAddress === undefined ? {} : { localAddress: nextHop.localAddress }),
  });
  try {
    await connected(connection);
    const extensions = extensionsOf(connection.lastServerResponse);
    await authenticated(connection, nextHop);
    const host = serverName ?? nextHop.host;
    return new NextHopSession(takenSocket(connection), extensions, host, nextHop.commandTimeout);
  } catch (error) {
    const upgrading = connection.upgrading === true;
    connection.close();
    throw faultOf(error, nextHop, serverName, upgrading);
  }
}

function connected(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays, so that a late error of the library is handled.
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
function takenSocket(connection: SMTPConnection): Socket {
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

/** The maximum length of a quote from a server. */
const longestQuote = 300;

/** By the code that smtp-connection or Node gives an error. */
const faults: ReadonlyMap<string, readonly [enhancedCode: string, what: string]> = new Map([
  ["EDNS", ["4.4.3", "has no address at the moment"]],
  ["ETLS", ["4.7.5", "failed the TLS handshake"]],
  ["EAUTH", ["4.7.8", "does not accept our credentials"]],
  ["ENOAUTH", ["4.7.8", "does not accept our credentials"]],
  ["ETIMEDOUT", ["4.4.2", "does not answer in time"]],
  ["EPROTOCOL", ["4.4.2", "sent no greeting"]],
]);

/** `upgrading`: between STARTTLS and the end of the handshake. */
function faultOf(
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
  const said = isTls ? undefined : saidIn(error);
  return said === undefined
    ? new TransientDeliveryError(enhancedCode, text, { cause: error })
    : new TransientDeliveryError(enhancedCode, `${text}: ${said}`, {
        cause: error,
        quoted: { host: serverName ?? host, text: said },
      });
}

/** The first line of a refusal in place of a greeting or of the reply to EHLO, printable. */
function saidIn(error: unknown): string | undefined {
  const response = error instanceof Error && "response" in error ? error.response : undefined;
  const line = typeof response === "string" ? (response.split(/\r?\n/, 1)[0] ?? "") : "";
  return /^[45]\d\d/.test(line) ? printable(line).slice(0, longestQuote) : undefined;
}

function codeOf(error: unknown, name: "code" | "originalCode"): string {
  return error instanceof Error && name in error
    ? String((error as Error & Record<typeof name, unknown>)[name])
    : "";
}
