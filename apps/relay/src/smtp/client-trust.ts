import { coversAllAddresses, type SmtpListener } from "@mailseal/config";
import { refusal, type Reply, type NoBounceReason } from "@mailseal/delivery";
import type { UnsignedReason } from "@mailseal/policy";
import type { SMTPServerSession } from "smtp-server";
import { Networks } from "../clients/networks.ts";

/** The identity of a session's client, as far as it can be trusted. */
export interface KnownClient {
  /** Undefined if a host that may use XCLIENT reports that it does not know the address. */
  readonly address: string | undefined;
  readonly user: string | undefined;
}

const loopback = new Networks();
const notAllowed = refusal(554, "5.7.1", "this client may not send mail here");
const loginNeeded = refusal(530, "5.7.0", "authentication required");

/** Decides what clients of a listener may do, by their address and login. */
export class ClientTrust {
  readonly #listener: SmtpListener;
  readonly #relayNetworks: Networks;
  readonly #isOpen: boolean;

  constructor(listener: SmtpListener) {
    this.#listener = listener;
    this.#relayNetworks = new Networks(listener.relayNetworks ?? listener.clients);
    this.#isOpen = coversAllAddresses(listener.clients ?? []);
  }

  /**
   * Whether a host may report its client by XCLIENT. `address` is that of the TCP connection, even after an
   * XCLIENT. Only for relayNetworks that are set: their default is everybody who may connect.
   */
  mayUseXclient(address: string): boolean {
    const { xclient, relayNetworks } = this.#listener;
    return xclient && relayNetworks !== undefined && this.#relayNetworks.includes(address);
  }

  isInRelayNetwork({ address }: KnownClient): boolean {
    return address !== undefined && this.#relayNetworks.includes(address);
  }

  /** The reason why a client's outbound mail is not signed; undefined for our own clients. */
  unsigned(client: KnownClient): UnsignedReason | undefined {
    const isOurs =
      this.#listener.direction !== "outbound" ||
      client.user !== undefined ||
      this.isInRelayNetwork(client) ||
      (client.address !== undefined && loopback.includes(client.address));
    return isOurs ? undefined : "foreign-client";
  }

  /**
   * Why the sender of the client's mail gets no bounce; undefined if it gets one. On an inbound listener,
   * relayNetworks count only if they are set: by default everybody who may connect is in them.
   */
  noBounce(client: KnownClient): NoBounceReason | undefined {
    const { bounces, bounceStrangers, direction, relayNetworks } = this.#listener;
    if (bounces === "off") {
      return "listener";
    }
    const isKnown =
      bounceStrangers ||
      client.user !== undefined ||
      (client.address !== undefined && loopback.includes(client.address)) ||
      ((direction === "outbound" || relayNetworks !== undefined) && this.isInRelayNetwork(client));
    return isKnown ? undefined : "foreign-client";
  }

  /** The reply that refuses MAIL from a foreign client if everybody may connect, because this is not an open relay. */
  refusal(client: KnownClient): Reply | undefined {
    if (!this.#isOpen || this.unsigned(client) === undefined) {
      return undefined;
    }
    return this.#listener.auth === undefined ? notAllowed : loginNeeded;
  }
}

export function knownClient({ remoteAddress, xClient, user }: SMTPServerSession): KnownClient {
  const login: unknown = user;
  // After XCLIENT with ADDR=[UNAVAILABLE], or an empty one, smtp-server keeps the address of the host that sent it.
  const isUnknown = xClient.has("ADDR") && !xClient.get("ADDR");
  return {
    address: isUnknown ? undefined : remoteAddress,
    user: typeof login === "string" && login !== "" ? login : undefined,
  };
}
