import { type MailContext, type UnsignedReason, unsignedReasons } from "@mailseal/policy";
import type { ContentNeeds } from "../next-hop/envelope-commands.ts";

/** The data that a queue stores with a message and its envelope. */
export interface QueuedContext {
  readonly context: MailContext;
  readonly needs: ContentNeeds;
  /** "pipeline": the worker processes the message, which signs it; "none": the relay has done so. */
  readonly todo: "pipeline" | "none";
  /** Why the sender gets no bounce; absent if it gets one. */
  readonly noBounce?: NoBounceReason;
  /** How many queued messages the message became: their failures are gathered into one bounce. */
  readonly destinations: number;
}

/**
 * - foreign-client: the client is neither authenticated nor local nor in the listener's relayNetworks
 * - listener: bounces are off for the listener
 */
export type NoBounceReason = "foreign-client" | "listener";

const variablePrefix = "variable:";

/** The names and values must not change: workers and relays of different versions share a queue. */
export function encodeContext(queued: QueuedContext): ReadonlyMap<string, string> {
  const { context, needs, todo, noBounce, destinations } = queued;
  const { variables, direction, queueId, listener, relayNetwork } = context;
  const entries: (readonly [string, string | undefined])[] = [
    ["direction", direction],
    ["queueId", queueId],
    ["listener", listener],
    ["relayNetwork", String(relayNetwork)],
    ["binding", context.binding],
    ["remoteAddress", context.remoteAddress],
    ["heloName", context.heloName],
    ["authUser", context.authUser],
    ["unsigned", context.unsigned],
    ["submitter", context.submitter === true ? "true" : undefined],
    ["receivedMs", context.receivedMs?.toString()],
    ["ascii", String(needs.ascii)],
    ["asciiHeader", String(needs.asciiHeader)],
    ["utf8Address", needs.utf8Address === true ? "true" : undefined],
    ["todo", todo],
    // The former name, which stays because messages of earlier versions have it.
    ["untold", noBounce],
    ...Array.from(variables, ([name, value]) => [`${variablePrefix}${name}`, value] as const),
    ["destinations", String(destinations)],
  ];
  return new Map(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

/** A missing entry gets the safest value: outbound, to be signed, from an unknown client, 8-bit. */
export function decodeContext(stored: ReadonlyMap<string, string>, id: string): QueuedContext {
  const variables = Array.from(stored).flatMap(([name, value]) =>
    name.startsWith(variablePrefix) ? [[name.slice(variablePrefix.length), value] as const] : [],
  );
  const unsigned = stored.get("unsigned");
  const receivedMs = stored.get("receivedMs");
  const noBounce = stored.get("untold");
  return {
    context: {
      direction: stored.get("direction") === "inbound" ? "inbound" : "outbound",
      queueId: stored.get("queueId") ?? id,
      listener: stored.get("listener") ?? "queue",
      relayNetwork: stored.get("relayNetwork") === "true",
      variables: new Map(variables),
      ...optional("binding", stored.get("binding")),
      ...optional("remoteAddress", stored.get("remoteAddress")),
      ...optional("heloName", stored.get("heloName")),
      ...optional("authUser", stored.get("authUser")),
      ...(stored.get("submitter") === "true" ? { submitter: true } : {}),
      ...(receivedMs === undefined ? {} : { receivedMs: Number(receivedMs) }),
      ...(unsigned === undefined ? {} : { unsigned: unsignedReason(unsigned) }),
    },
    needs: {
      ascii: stored.get("ascii") === "true",
      asciiHeader: stored.get("asciiHeader") === "true",
      ...(stored.get("utf8Address") === "true" ? { utf8Address: true } : {}),
    },
    todo: stored.get("todo") === "none" ? "none" : "pipeline",
    ...(noBounce === "foreign-client" || noBounce === "listener" ? { noBounce } : {}),
    destinations: Number(stored.get("destinations") ?? 1),
  };
}

/** An unknown reason, perhaps of a later version, still means that the message must not be signed. */
function unsignedReason(text: string): UnsignedReason {
  return unsignedReasons.find((it) => it === text) ?? "foreign-client";
}

function optional<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [Key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: string });
}
