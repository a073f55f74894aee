import type { MilterListener } from "@mailseal/config";
import type { Client, Macros } from "@mailseal/milter";
import type { MailContext } from "@mailseal/policy";
import type { Networks } from "../clients/networks.ts";
import type { Generation } from "../generation.ts";

/** Who speaks to the MTA, as far as it said. */
export interface MtaClient {
  readonly client?: Client;
  readonly heloName?: string;
}

/** How a message came, out of what the MTA tells at its end; its queue id is ours where it sends no macro i. */
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
    // Not verified in its place: a listener that signs is often beside one that verifies.
    ...(isForeign ? { unsigned: "foreign-client" } : {}),
    ...(binding === undefined ? {} : { binding }),
  };
}

/** Of a client that came over the network; an empty one is none. */
export function addressOf(client: Client | undefined): string | undefined {
  const isOfNetwork = client?.family === "inet" || client?.family === "inet6";
  return isOfNetwork && client.address !== "" ? client.address : undefined;
}

/**
 * Mail of a program on this machine. For that of sendmail(1) Postfix makes a client up: 127.0.0.1, port 0.
 * Sendmail's own `sendmail -bs`, which speaks SMTP on its standard input, has a client of unknown family,
 * and says in the macro `_` whose program it is. Any other client of unknown family may be anyone, behind a
 * proxy perhaps, and is not taken for local.
 */
function isLocal(client: Client | undefined, validated: string | undefined): boolean {
  return (
    (client?.family === "unknown" && validated !== undefined && localUser.test(validated)) ||
    client?.family === "unix" ||
    (client?.family === "inet" && client.port === 0 && client.address === "127.0.0.1") ||
    (client?.family === "inet6" && client.port === 0 && client.address === "::1")
  );
}

/** `user@localhost`; of a client that came over the network Sendmail adds an address in brackets. */
const localUser = /^[^@[\]\s]+@localhost$/;

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
