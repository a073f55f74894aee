import { ClientRates } from "./client-rates.ts";
import { ConnectionTotal } from "./connection-counts.ts";
import { LoginLockout } from "./login-lockout.ts";
import { PasswordChecks } from "./password-checks.ts";

/** The counts that limit clients: shared by all listeners of a process, and kept over reloads. */
export class ClientLimits {
  readonly connections: ConnectionTotal = new ConnectionTotal();
  readonly rates: ClientRates;
  readonly lockout: LoginLockout;
  readonly passwordChecks: PasswordChecks;

  /** `elapsedMs` is a monotonic clock. */
  constructor(elapsedMs: () => number) {
    this.rates = new ClientRates(elapsedMs);
    this.lockout = new LoginLockout(elapsedMs);
    this.passwordChecks = new PasswordChecks(elapsedMs);
  }
}
