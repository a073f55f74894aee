import { randomInt } from "node:crypto";
import { createConnection } from "node:net";
import { parseServerAddress, type ServerAddress } from "@mailseal/dns-record";
import { objectWith, optionsCheck, required, text, wholeNumber } from "@mailseal/errors";
import { rcodeName } from "../dns-update/rcode.ts";
import { readResponse } from "../dns-update/response.ts";
import { readTsigKey, type TsigKey } from "../dns-update/tsig-key.ts";
import { signMessage, verifyResponse } from "../dns-update/tsig.ts";
import { type Condition, encodeUpdate } from "../dns-update/update-message.ts";
import { uint16 } from "../dns-update/wire-text.ts";
import type { Clock, Publisher, RecordChange } from "../environment.ts";
import { badOption, RotationError } from "../errors.ts";

/** The options of `updatePublisher`. */
export interface UpdatePublisherOptions {
  /** The primary server, "192.0.2.53" or "[2001:db8::53]:5353". */
  readonly server: string;
  /** A key file in the format of BIND. It is read for each update. */
  readonly tsigKeyFile: string;
  /** The zone that contains the domain. Default: the domain itself. */
  readonly zone?: string;
  /** The timeout of the whole exchange. Default 10,000. */
  readonly timeoutMs?: number;
  /** The clock for TSIG, which contains the current time. Default: the system clock. */
  readonly clock?: Clock;
}

const checkOptions = optionsCheck<UpdatePublisherOptions>(
  "options",
  {
    server: required(text),
    tsigKeyFile: required(text),
    zone: text,
    timeoutMs: wholeNumber(1, 2 ** 31 - 1, "milliseconds"),
    clock: objectWith("an object with the method nowMs", "nowMs"),
  },
  badOption,
);

/**
 * Changes a zone by dynamic update (RFC 2136) over TCP, signed with TSIG (RFC 8945). The response must be signed, too. The
 * server makes all changes, or none. A name with a TXT record that is not ours stays unchanged, and `apply` rejects.
 *
 * ```ts
 * const publisher = updatePublisher({
 *   server: "192.0.2.53",
 *   tsigKeyFile: "/etc/mailseal/update.key",
 *   zone: "example.com",
 * });
 * ```
 *
 * @throws RotationError "bad-option", and DnsRecordError "bad-server" if the address of the server is invalid.
 */
export function updatePublisher(options: UpdatePublisherOptions): Publisher {
  checkOptions(options);
  const server = parseServerAddress(options.server);
  return {
    async apply(changes) {
      const key = await readTsigKey(options.tsigKeyFile);
      const send = (condition: Condition): Promise<string> =>
        update(options, server, key, changes, condition);
      const first = await send("absent");
      // The record exists: we published it before a crash, or somebody else did.
      const last = first === "YXRRSET" ? await send("ours") : first;
      if (last !== "NOERROR") throw refused(last, changes, options);
      return {};
    },
  };
}

/** Resolves to the name of the response code. */
async function update(
  options: UpdatePublisherOptions,
  server: ServerAddress,
  key: TsigKey,
  changes: readonly RecordChange[],
  condition: Condition,
): Promise<string> {
  const { zone, timeoutMs = 10_000, clock = { nowMs: () => Date.now() } } = options;
  const id = randomInt(0x10000);
  const message = encodeUpdate(id, zone ?? changes[0]?.domain ?? "", changes, condition);
  const signed = signMessage(message, key, Math.floor(clock.nowMs() / 1000));
  const bytes = await exchange(options.server, server, signed.bytes, timeoutMs);
  const response = readResponse(bytes);
  if (response === undefined || !response.isResponse || response.id !== id) {
    throw new RotationError(
      "dns-update",
      `${options.server} did not answer with a response to the update; is it a DNS server?`,
    );
  }
  verifyResponse(bytes, response, key, signed.mac, Math.floor(clock.nowMs() / 1000));
  return rcodeName(response.rcode);
}

function refused(
  rcode: string,
  changes: readonly RecordChange[],
  { server, zone }: UpdatePublisherOptions,
): RotationError {
  const names = changes.map(({ name }) => name).join(", ");
  const where = zone ?? changes[0]?.domain ?? "";
  const hints: ReadonlyMap<string, string> = new Map([
    [
      "NXRRSET",
      "there is a TXT record that is not from this rotation; remove it, or abort the rotation",
    ],
    ["NOTAUTH", `is it the primary server of the zone ${where}?`],
    ["NOTZONE", `is ${where} the zone that contains the names?`],
    ["REFUSED", "does the server allow this key to update these names?"],
  ]);
  const hint = hints.get(rcode);
  return new RotationError(
    "dns-update",
    `${server} refused to change ${names}: ${rcode}${hint === undefined ? "" : `; ${hint}`}`,
  );
}

const lengthOctets = 2;

/** Sends one message over a connection of its own (RFC 7766) and resolves to the response. */
async function exchange(
  name: string,
  { address, port }: ServerAddress,
  message: Buffer,
  timeoutMs: number,
): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = createConnection({ host: address, port, signal });
  socket.write(Buffer.concat([uint16(message.length), message]));
  let received: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length < lengthOctets) continue;
      const end = lengthOctets + received.readUInt16BE(0);
      if (received.length >= end) return received.subarray(lengthOctets, end);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RotationError(
      "dns-update",
      signal.aborted
        ? `the DNS server ${name} did not answer within ${timeoutMs} ms; is it running?`
        : `cannot reach the DNS server ${name}: ${reason}`,
    );
  } finally {
    socket.destroy();
  }
  throw new RotationError(
    "dns-update",
    `the DNS server ${name} closed the connection without a response`,
  );
}
