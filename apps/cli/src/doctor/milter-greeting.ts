import type { ConnectAction } from "../host/act-as.ts";

/** The start of the milter protocol from the side of the mail server: enough to find out who answers. */

/** Every action and every step flag of Postfix, with version 6 of the protocol. */
const offer = Buffer.from([0, 0, 0, 13, 0x4f, 0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff]);
/** SMFIC_QUIT. */
const quit = Buffer.from([0, 0, 0, 1, 0x51]);

/** The octets to send, and the length of the answer, for `actAs`. */
export const greeting: Readonly<Pick<ConnectAction, "send" | "bye" | "replyBytes">> = {
  send: offer.toString("hex"),
  bye: quit.toString("hex"),
  replyBytes: offer.length,
};

const changesBody = 0x02;
const changesHeader = 0x10;

/** What a milter has asked to be allowed to change. */
export interface MilterChanges {
  readonly body: boolean;
  readonly header: boolean;
}

/** Undefined if the octets are not the answer of a milter. */
export function readGreeting(reply: Buffer): MilterChanges | undefined {
  if (reply.length < offer.length || reply.readUInt32BE(0) < 13 || reply[4] !== 0x4f) {
    return undefined;
  }
  const actions = reply.readUInt32BE(9);
  return { body: (actions & changesBody) !== 0, header: (actions & changesHeader) !== 0 };
}
