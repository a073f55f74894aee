import type { SmtpReply } from "./smtp-reply.ts";
import { bytesOf } from "./wire-text.ts";

type Text = string | Uint8Array;

/** A packet to an MTA. Header values and addresses are in their wire form. */
export type Reply =
  | {
      readonly kind: "negotiate";
      readonly version: number;
      readonly actions: number;
      readonly protocol: number;
      /** SMFIR_SETSYMLIST's content: a stage's number and names separated by spaces. */
      readonly macros: readonly { readonly stage: number; readonly names: string }[];
    }
  | { readonly kind: PlainReply }
  | SmtpReply
  | { readonly kind: "addHeader"; readonly name: Text; readonly value: Text }
  | {
      readonly kind: "insertHeader";
      readonly index: number;
      readonly name: Text;
      readonly value: Text;
    }
  /** `occurrence` counts from 1 among the fields of that name; an empty value deletes the field. */
  | {
      readonly kind: "changeHeader";
      readonly occurrence: number;
      readonly name: Text;
      readonly value: Text;
    }
  | {
      readonly kind: "changeSender";
      readonly address: Text;
      readonly parameters: readonly string[];
    }
  | { readonly kind: "addRecipient"; readonly address: Text }
  | {
      readonly kind: "addRecipientWithParameters";
      readonly address: Text;
      readonly parameters: readonly string[];
    }
  | { readonly kind: "deleteRecipient"; readonly address: Text }
  | { readonly kind: "replaceBody"; readonly chunk: Uint8Array }
  | { readonly kind: "quarantine"; readonly reason: Text };

/** A reply that consists of a letter only. */
export type PlainReply =
  | "continue"
  | "accept"
  | "reject"
  | "tempfail"
  | "discard"
  | "skip"
  | "progress"
  | "connection-failure"
  | "shutdown";

const plainLetters: Readonly<Record<PlainReply, string>> = {
  continue: "c",
  accept: "a",
  reject: "r",
  tempfail: "t",
  discard: "d",
  skip: "s",
  progress: "p",
  "connection-failure": "f",
  shutdown: "4",
};

/** The bytes of one packet. Text must not contain NUL; `MessageChanges` checks. */
export function encodeReply(reply: Reply): Uint8Array {
  switch (reply.kind) {
    case "negotiate": {
      const lists = reply.macros.flatMap(({ stage, names }) => [
        uint32(stage),
        ...terminated(names),
      ]);
      return packet(
        "O",
        uint32(reply.version),
        uint32(reply.actions),
        uint32(reply.protocol),
        ...lists,
      );
    }
    case "reply":
      // Sendmail takes the text for a format; both MTAs turn %% back into %.
      return packet("y", ...terminated(reply.text.replaceAll("%", "%%")));
    case "addHeader":
      return packet("h", ...terminated(reply.name), ...terminated(reply.value));
    case "insertHeader":
      return packet(
        "i",
        uint32(reply.index),
        ...terminated(reply.name),
        ...terminated(reply.value),
      );
    case "changeHeader":
      return packet(
        "m",
        uint32(reply.occurrence),
        ...terminated(reply.name),
        ...terminated(reply.value),
      );
    case "changeSender":
      return packet("e", ...terminated(reply.address), ...parameterText(reply.parameters));
    case "addRecipient":
      return packet("+", ...terminated(reply.address));
    case "addRecipientWithParameters":
      return packet("2", ...terminated(reply.address), ...parameterText(reply.parameters));
    case "deleteRecipient":
      return packet("-", ...terminated(reply.address));
    case "replaceBody":
      return packet("b", reply.chunk);
    case "quarantine":
      return packet("q", ...terminated(reply.reason));
    default:
      return packet(plainLetters[reply.kind]);
  }
}

/** All parameters in one text: Postfix reads exactly one after the address. */
function parameterText(parameters: readonly string[]): readonly Uint8Array[] {
  return parameters.length === 0 ? [] : terminated(parameters.join(" "));
}

function packet(letter: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 1);
  const bytes = new Uint8Array(4 + length);
  bytes.set(uint32(length));
  bytes[4] = letter.charCodeAt(0);
  let at = 5;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const nul = new Uint8Array(1);

function terminated(text: Text): readonly Uint8Array[] {
  return [bytesOf(text), nul];
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
