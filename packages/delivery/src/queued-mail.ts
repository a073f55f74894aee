import { type MailContext, type UnsignedReason, unsignedReasons } from "@mailseal/policy";
import type { ContentNeeds } from "./next-hop/envelope-commands.ts";

/** What travels beside a message in the queue: how it came, and what is still to be done with it. */
export interface QueuedMail {
  readonly context: MailContext;
  readonly needs: ContentNeeds;
  /** "pipeline": it is signed when it is delivered; "none": all was done when it came. */
  readonly todo: "pipeline" | "none";
  /** Why its sender is not told when it fails; absent: it is. */
  readonly untold?: UntoldReason;
}

/**
 * - foreign-client: the client is neither authenticated nor local nor in the listener's relayNetworks
 * - listener: the listener has bounces off
 */
export type UntoldReason = "foreign-client" | "listener";

const variablePrefix = "variable:";

/** As a queue keeps it. */
export function toQueueContext({
  context,
  needs,
  todo,
  untold,
}: QueuedMail): ReadonlyMap<string, string> {
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
    ["untold", untold],
    ...Array.from(variables, ([name, value]) => [`${variablePrefix}${name}`, value] as const),
  ];
  return new Map(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

/** What was not written is read as what is safest: outbound and to be signed, of nobody, 8-bit. */
export function fromQueueContext(kept: ReadonlyMap<string, string>, id: string): QueuedMail {
  const variables = Array.from(kept).flatMap(([name, value]) =>
    name.startsWith(variablePrefix) ? [[name.slice(variablePrefix.length), value] as const] : [],
  );
  const unsigned = kept.get("unsigned");
  const receivedMs = kept.get("receivedMs");
  return {
    context: {
      direction: kept.get("direction") === "inbound" ? "inbound" : "outbound",
      queueId: kept.get("queueId") ?? id,
      listener: kept.get("listener") ?? "queue",
      relayNetwork: kept.get("relayNetwork") === "true",
      variables: new Map(variables),
      ...optional("binding", kept.get("binding")),
      ...optional("remoteAddress", kept.get("remoteAddress")),
      ...optional("heloName", kept.get("heloName")),
      ...optional("authUser", kept.get("authUser")),
      ...(kept.get("submitter") === "true" ? { submitter: true } : {}),
      ...(receivedMs === undefined ? {} : { receivedMs: Number(receivedMs) }),
      ...(unsigned === undefined ? {} : { unsigned: unsignedReason(unsigned) }),
    },
    needs: {
      ascii: kept.get("ascii") === "true",
      asciiHeader: kept.get("asciiHeader") === "true",
      ...(kept.get("utf8Address") === "true" ? { utf8Address: true } : {}),
    },
    todo: kept.get("todo") === "none" ? "none" : "pipeline",
    ...untoldOf(kept.get("untold")),
  };
}

/** A reason that is not known here, of a later version perhaps, is one all the same. */
function unsignedReason(text: string): UnsignedReason {
  return unsignedReasons.find((it) => it === text) ?? "foreign-client";
}

function untoldOf(value: string | undefined): { readonly untold?: UntoldReason } {
  return value === "foreign-client" || value === "listener" ? { untold: value } : {};
}

function optional<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [Key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: string });
}
