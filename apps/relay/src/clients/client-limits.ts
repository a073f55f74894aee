import { ClientRates } from "./client-rates.ts";
import { ConnectionTotal } from "./connection-counts.ts";
import { LoginGuard } from "./login-guard.ts";
import { LoginTurns } from "./login-turns.ts";

/** The counts that limit clients: shared by all listeners of a process, and kept over reloads. */
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
