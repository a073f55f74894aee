import { HeaderField } from "../message/header-field.ts";
import { type LostPacket, type Packet, uint32At } from "./packet-decoder.ts";
import type { Step } from "./protocol.ts";
import { splitAtNul, textOf } from "./wire-text.ts";

/** The SMTP client of the MTA. `hostname` is "[192.0.2.1]" or similar if the MTA does not know a name. */
export type Client =
  | { readonly family: "unknown"; readonly hostname: string }
  | { readonly family: "unix"; readonly hostname: string; readonly path: string }
  | {
      readonly family: "inet" | "inet6";
      readonly hostname: string;
      /** Without the "IPv6:" that Sendmail writes before it. */
      readonly address: string;
      /** 0 if the MTA does not know it. */
      readonly port: number;
    };

/** The argument of MAIL FROM or RCPT TO. */
export interface EnvelopeAddress {
  /** Without the angle brackets; "" is the null sender. As UTF-8. */
  readonly address: string;
  /** As the MTA reports it, brackets and all. */
  readonly bytes: Uint8Array;
  /** ESMTP parameters, each as "NAME=value" or "NAME". */
  readonly parameters: readonly string[];
}

/** A decoded packet from an MTA. */
export type Command =
  | {
      readonly kind: "negotiate";
      readonly version: number;
      readonly actions: number;
      readonly protocol: number;
    }
  /** `command` is the letter of the command that the macros are for. */
  | { readonly kind: "macros"; readonly command: string; readonly pairs: Uint8Array }
  | { readonly kind: "connect"; readonly client: Client }
  | { readonly kind: "helo"; readonly name: string }
  | { readonly kind: "mailFrom"; readonly sender: EnvelopeAddress }
  | { readonly kind: "rcptTo"; readonly recipient: EnvelopeAddress }
  | { readonly kind: "data" }
  | { readonly kind: "header"; readonly field: HeaderField }
  | { readonly kind: "endOfHeaders" }
  | { readonly kind: "body"; readonly chunk: Uint8Array }
  /** `chunk` is the last piece of the body; empty if everything was sent before. */
  | { readonly kind: "endOfMessage"; readonly chunk: Uint8Array }
  | { readonly kind: "abort" }
  | { readonly kind: "quit" }
  | { readonly kind: "quitNewConnection" }
  | { readonly kind: "unknown"; readonly command: string };

/** A command that did not fit into memory, or exceeded the size limit. */
export interface LostCommand {
  readonly kind: "lost";
  readonly why: LostPacket["why"];
  readonly step: Step | undefined;
}

/** A packet that is not a command, or whose payload is invalid for its command. */
export interface MalformedCommand {
  readonly kind: "malformed";
  readonly reason: string;
}

type Reader = (payload: Uint8Array) => Command | string;

/** Readers by the command's letter; a string is the reason why the payload is invalid. */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["O", readNegotiation],
  ["D", readMacros],
  ["C", readConnect],
  ["H", (payload) => readText(payload, (name) => ({ kind: "helo", name }))],
  ["M", (payload) => readAddress(payload, (sender) => ({ kind: "mailFrom", sender }))],
  ["R", (payload) => readAddress(payload, (recipient) => ({ kind: "rcptTo", recipient }))],
  ["T", () => ({ kind: "data" })],
  ["L", readHeader],
  ["N", () => ({ kind: "endOfHeaders" })],
  ["B", (chunk) => ({ kind: "body", chunk })],
  ["E", (chunk) => ({ kind: "endOfMessage", chunk })],
  ["A", () => ({ kind: "abort" })],
  ["Q", () => ({ kind: "quit" })],
  ["K", () => ({ kind: "quitNewConnection" })],
  ["U", (payload) => readText(payload, (command) => ({ kind: "unknown", command }))],
]);

/** The step of each command that reports an event. */
const stepLetters: ReadonlyMap<string, Step> = new Map([
  ["C", "connect"],
  ["H", "helo"],
  ["M", "mailFrom"],
  ["R", "rcptTo"],
  ["T", "data"],
  ["L", "header"],
  ["N", "endOfHeaders"],
  ["B", "body"],
  ["E", "endOfMessage"],
  ["U", "unknown"],
]);

/** The command of a packet whose payload is lost. */
export function lostCommand({ command, why }: LostPacket): LostCommand {
  return { kind: "lost", why, step: stepLetters.get(String.fromCharCode(command)) };
}

/** Reads a packet from an MTA. Never throws. */
export function readCommand(packet: Packet): Command | MalformedCommand {
  const reader = readers.get(String.fromCharCode(packet.command));
  const hex = packet.command.toString(16).padStart(2, "0");
  if (reader === undefined) {
    return { kind: "malformed", reason: `expected a command of milter version 6, got 0x${hex}` };
  }
  const command = reader(packet.payload);
  return typeof command === "string"
    ? { kind: "malformed", reason: `expected ${command} in command 0x${hex}` }
    : command;
}

function readNegotiation(payload: Uint8Array): Command | string {
  // Newer MTAs may append to it.
  if (payload.length < 12) return "three numbers of four octets";
  return {
    kind: "negotiate",
    version: uint32At(payload, 0),
    actions: uint32At(payload, 4),
    protocol: uint32At(payload, 8),
  };
}

function readMacros(payload: Uint8Array): Command | string {
  const [command] = payload;
  if (command === undefined) return "the letter of the command that macros are for";
  return { kind: "macros", command: String.fromCharCode(command), pairs: payload.subarray(1) };
}

function readConnect(payload: Uint8Array): Command | string {
  const nul = payload.indexOf(0);
  if (nul === -1) return "a host name that ends with NUL";
  const hostname = textOf(payload.subarray(0, nul));
  const family = String.fromCharCode(payload[nul + 1] ?? 0);
  if (family === "U") return { kind: "connect", client: { family: "unknown", hostname } };
  if (!"L46".includes(family)) return "an address family of U, L, 4 or 6";
  const rest = payload.subarray(nul + 2);
  const end = rest.indexOf(0, 2);
  if (end === -1) return "a port and an address that ends with NUL";
  const address = textOf(rest.subarray(2, end));
  if (family === "L")
    return { kind: "connect", client: { family: "unix", hostname, path: address } };
  const client: Client = {
    family: family === "4" ? "inet" : "inet6",
    hostname,
    address: address.replace(/^IPv6:/i, ""),
    port: (rest[0] ?? 0) * 256 + (rest[1] ?? 0),
  };
  return { kind: "connect", client };
}

function readText(payload: Uint8Array, make: (text: string) => Command): Command | string {
  const nul = payload.indexOf(0);
  return nul === -1 ? "a text that ends with NUL" : make(textOf(payload.subarray(0, nul)));
}

function readAddress(
  payload: Uint8Array,
  make: (address: EnvelopeAddress) => Command,
): Command | string {
  const parts = splitAtNul(payload);
  const [bytes, ...parameters] = parts ?? [];
  if (bytes === undefined) return "an address and parameters that each end with NUL";
  const address = textOf(bytes).replace(/^<([^]*)>$/, "$1");
  return make({ address, bytes, parameters: parameters.map(textOf) });
}

function readHeader(payload: Uint8Array): Command | string {
  const parts = splitAtNul(payload);
  const [name, value] = parts ?? [];
  if (name === undefined || value === undefined || parts?.length !== 2) {
    return "a name and a value that each end with NUL";
  }
  return { kind: "header", field: new HeaderField(name, value) };
}
