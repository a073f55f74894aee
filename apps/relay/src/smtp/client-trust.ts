import { coversAllAddresses, type SmtpListener } from "@mailseal/config";
import { refusal, type Reply, type NoBounceReason } from "@mailseal/delivery";
import type { UnsignedReason } from "@mailseal/policy";
import type { SMTPServerSession } from "smtp-server";
import { Networks } from "../clients/networks.ts";

/** Who the client of a session is, as far as it is believed. */
export interface KnownClient {
  /** Undefined where a host that may use XCLIENT says that it does not know it. */
  readonly address: string | undefined;
  readonly user: string | undefined;
}

const loopback = new Networks();
const notAllowed = refusal(554, "5.7.1", "this client may not send mail here");
const loginNeeded = refusal(530, "5.7.0", "authentication required");

/** What a listener lets its clients do, by the address that they connect from and the login that they have. */
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
   * Whether a host may say by XCLIENT who its client is. `address` is that of the TCP connection, whatever was
   * said since. Only for relayNetworks that were set: their default is everybody who may connect.
   */
  mayUseXclient(address: string): boolean {
    const { xclient, relayNetworks } = this.#listener;
    return xclient && relayNetworks !== undefined && this.#relayNetworks.includes(address);
  }

  isInRelayNetwork({ address }: KnownClient): boolean {
    return address !== undefined && this.#relayNetworks.includes(address);
  }

  /** Why its outbound mail is not signed; undefined where it is one of ours. */
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

  /** The answer to MAIL of a stranger where everybody may connect: this is no open relay. */
  refusal(client: KnownClient): Reply | undefined {
    if (!this.#isOpen || this.unsigned(client) === undefined) {
      return undefined;
    }
    return this.#listener.auth === undefined ? notAllowed : loginNeeded;
  }
}

export function knownClient({ remoteAddress, xClient, user }: SMTPServerSession): KnownClient {
  const login: unknown = user;
  // smtp-server keeps the address of the host that uses XCLIENT where that says ADDR=[UNAVAILABLE], or nothing.
  const isUnknown = xClient.has("ADDR") && !xClient.get("ADDR");
  return {
    address: isUnknown ? undefined : remoteAddress,
    user: typeof login === "string" && login !== "" ? login : undefined,
  };
}
