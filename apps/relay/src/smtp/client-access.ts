import type { Config, SmtpListener } from "@mailseal/config";
import { refusal, type Reply } from "@mailseal/delivery";
import type { SMTPServerSession } from "smtp-server";
import type { ClientLimits } from "../clients/client-limits.ts";
import type { RatedEvent } from "../clients/client-rates.ts";
import { ConnectionCounts } from "../clients/connection-counts.ts";
import { Networks } from "../clients/networks.ts";

const notAllowed: Reply = refusal(554, "5.7.1", "this client may not connect here");
const tooMany: Reply = refusal(421, "4.7.0", "too many connections, try again later");
const tooOften: Reply = refusal(421, "4.7.0", "too many connections a minute, try again later");

/** Which clients may connect to a listener, and how much each may do in a minute. */
export class ClientAccess {
  readonly #listener: SmtpListener;
  readonly #limits: Config["limits"];
  readonly #clients: Networks;
  readonly #unlimited: readonly Networks[];
  readonly #rates: ClientLimits["rates"];
  readonly #counts: ConnectionCounts;
  /** The addresses of the sessions that `#counts` has, by session id: XCLIENT changes a session's own. */
  readonly #counted = new Map<string, string>();

  constructor(listener: SmtpListener, limits: Config["limits"], clients: ClientLimits) {
    this.#listener = listener;
    this.#limits = limits;
    this.#clients = new Networks(listener.clients);
    this.#unlimited =
      limits.rateExceptions === undefined
        ? [new Networks(), new Networks(listener.relayNetworks ?? [])]
        : [new Networks(limits.rateExceptions)];
    this.#rates = clients.rates;
    this.#counts = new ConnectionCounts(clients.connections);
  }

  /** Counts a new connection. Returns the reply that refuses it, or undefined if it may stay. */
  connect({ id, remoteAddress }: SMTPServerSession): Reply | undefined {
    if (!this.#clients.includes(remoteAddress)) {
      return notAllowed;
    }
    if (!this.#counts.enter(remoteAddress, this.#limits)) {
      return tooMany;
    }
    this.#counted.set(id, remoteAddress);
    return this.allows(remoteAddress, "connections") ? undefined : tooOften;
  }

  /** A connection has ended, whether it was let in or not. */
  disconnect({ id }: SMTPServerSession): void {
    const address = this.#counted.get(id);
    if (address !== undefined) {
      this.#counted.delete(id);
      this.#counts.leave(address);
    }
  }

  /**
   * Counts one more `event` of a client. Returns false if the client has exceeded its rate for this minute.
   * Clients without an address, which XCLIENT reports as unknown, share one count.
   */
  allows(address: string | undefined, event: RatedEvent): boolean {
    const perMinute = this.#limits[`${event}PerMinute`];
    return (
      (address !== undefined && !this.hasRates(address)) ||
      this.#rates.allows(this.#listener.listen, address ?? "unknown", event, perMinute)
    );
  }

  /** Whether limits per minute apply to this address. They do not to loopback, relayNetworks, or `limits.rateExceptions`. */
  hasRates(address: string): boolean {
    return !this.#unlimited.some((networks) => networks.includes(address));
  }
}
