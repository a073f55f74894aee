import { ClientRates } from "./client-rates.ts";
import { ConnectionTotal } from "./connection-counts.ts";
import { LoginGuard } from "./login-guard.ts";
import { LoginTurns } from "./login-turns.ts";

/** What a process remembers of its clients, whatever listener they use and however often it is reloaded. */
export class ClientLimits {
  readonly connections: ConnectionTotal = new ConnectionTotal();
  readonly rates: ClientRates;
  readonly guard: LoginGuard;
  readonly turns: LoginTurns;

  /** `elapsedMs` is a monotonic clock. */
  constructor(elapsedMs: () => number) {
    this.rates = new ClientRates(elapsedMs);
    this.guard = new LoginGuard(elapsedMs);
    this.turns = new LoginTurns(elapsedMs);
  }
}
