import type { MilterListener } from "@mailseal/config";
import type { Client, Macros } from "@mailseal/milter";
import type { MailContext } from "@mailseal/policy";
import type { Networks } from "../clients/networks.ts";
import type { Generation } from "../generation.ts";

/** The MTA's client, as far as the MTA reported it. */
export interface MtaClient {
  readonly client?: Client;
  readonly heloName?: string;
}

/** The context of a message, from the macros at its end. If the MTA sends no macro i, the queue id is our own. */
export function milterContext(
  { client, heloName }: MtaClient,
  macros: Macros,
  listener: MilterListener,
  relayNetworks: Networks,
  { nextQueueId, now }: Pick<Generation, "nextQueueId" | "now">,
): MailContext {
  const remoteAddress = addressOf(client);
  const authUser = macros.get("auth_authen");
  const relayNetwork =
    isLocal(client, macros.get("_")) ||
    (remoteAddress !== undefined && relayNetworks.includes(remoteAddress));
  const isOurs = relayNetwork || isGiven(authUser);
  const { direction, binding, signForAnyClient } = listener;
  const isForeign = direction === "outbound" && !isOurs && !signForAnyClient;
  const queueId = macros.get("i");
  return {
    direction: direction === "auto" ? (isOurs ? "outbound" : "inbound") : direction,
    queueId: isGiven(queueId) ? queueId : nextQueueId(),
    listener: listener.name ?? listener.listen,
    relayNetwork,
    submitter: isOurs,
    receivedMs: now(),
    variables: macros.all(),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(heloName === undefined ? {} : { heloName }),
    ...(isGiven(authUser) ? { authUser } : {}),
    // It is not verified instead, because a second listener often does that.
    ...(isForeign ? { unsigned: "foreign-client" } : {}),
    ...(binding === undefined ? {} : { binding }),
  };
}

/** The address of a client that connected over the network; undefined for others, and if it is empty. */
export function addressOf(client: Client | undefined): string | undefined {
  const isOfNetwork = client?.family === "inet" || client?.family === "inet6";
  return isOfNetwork && client.address !== "" ? client.address : undefined;
}

/**
 * Whether the client is a program on this machine. For mail from sendmail(1) Postfix reports the client
 * 127.0.0.1, port 0. Sendmail's own `sendmail -bs`, which speaks SMTP on its standard input, has a client of
 * unknown family and names the user of the program in the macro `_`. Any other client of unknown family may be
 * anyone, perhaps behind a proxy, and does not count as local.
 */
function isLocal(client: Client | undefined, validated: string | undefined): boolean {
  return (
    (client?.family === "unknown" && validated !== undefined && localUser.test(validated)) ||
    client?.family === "unix" ||
    (client?.family === "inet" && client.port === 0 && client.address === "127.0.0.1") ||
    (client?.family === "inet6" && client.port === 0 && client.address === "::1")
  );
}

/** `user@localhost`. For a client that connected over the network, Sendmail adds an address in brackets. */
const localUser = /^[^@[\]\s]+@localhost$/;

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
