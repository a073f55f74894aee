import type { SmtpListener } from "@mailseal/config";
import { localError, refusal, type Reply, ReplyError } from "@mailseal/delivery";
import type { LoginOutcome } from "@mailseal/service";
import { printable } from "@mailseal/syntax";
import type {
  SMTPServerAuthentication,
  SMTPServerAuthenticationResponse,
  SMTPServerSession,
} from "smtp-server";
import type { ClientLimits } from "../clients/client-limits.ts";
import type { UserFile } from "../clients/user-file.ts";
import type { Generation } from "../generation.ts";
import { knownClient } from "./client-trust.ts";

interface Outcome {
  readonly outcome: LoginOutcome;
  /** The delay of the reply. */
  readonly delayMs?: number;
}

interface LoginAttempt {
  readonly auth: SMTPServerAuthentication;
  readonly session: SMTPServerSession;
  /** The client has exceeded loginsPerMinute. */
  readonly isTooOften: boolean;
  readonly generation: Generation;
}

type Done = (error: Error | null, response?: SMTPServerAuthenticationResponse) => void;

const refusals: { readonly [Refused in Exclude<LoginOutcome, "accepted">]: Reply } = {
  failed: refusal(535, "5.7.8", "authentication credentials invalid"),
  "locked-out": refusal(454, "4.7.0", "too many failed logins, try again later"),
  busy: refusal(454, "4.7.0", "too many logins at once, try again later"),
  "too-often": refusal(454, "4.7.0", "too many logins a minute, try again later"),
};
const longestShownLogin = 80;

/** AUTH at one listener: checks credentials, limits attempts, and logs refusals. */
export class ClientLogin {
  readonly #listener: SmtpListener;
  readonly #users: UserFile | undefined;
  readonly #limits: ClientLimits;

  constructor(listener: SmtpListener, users: UserFile | undefined, limits: ClientLimits) {
    this.#listener = listener;
    this.#users = users;
    this.#limits = limits;
  }

  async answer(attempt: LoginAttempt, done: Done): Promise<void> {
    const { auth, session, generation } = attempt;
    const { method, username = "" } = auth;
    if (method === "XCLIENT") {
      // A host that may use XCLIENT reports who has logged in there.
      done(null, { user: username });
      return;
    }
    let outcome: LoginOutcome;
    let delayMs: number;
    try {
      ({ outcome, delayMs = 0 } = await this.#outcome(attempt));
    } catch (error) {
      generation.log.error({ fault: error }, "unexpected error, please report it");
      done(new ReplyError(localError));
      return;
    }
    generation.traffic.login(outcome);
    if (outcome === "accepted") {
      done(null, { user: username });
      return;
    }
    const { listen, name = listen } = this.#listener;
    const client = knownClient(session).address ?? "";
    const login = printable(username.slice(0, longestShownLogin));
    const entry = { listener: name, client, login, reason: outcome };
    if (outcome === "failed") {
      generation.log.warn(entry, "login failed");
    } else {
      generation.log.info(entry, "login refused");
    }
    const reply = new ReplyError(refusals[outcome]);
    setTimeout(() => done(reply), delayMs).unref();
  }

  async #outcome({ auth, session, isTooOften }: LoginAttempt): Promise<Outcome> {
    const { username = "", password } = auth;
    const settings = this.#listener.auth?.lockout;
    const users = this.#users;
    if (settings === undefined || users === undefined || typeof password !== "string") {
      return { outcome: "failed" };
    }
    if (isTooOften) return { outcome: "too-often" };
    const client = knownClient(session).address ?? "";
    const { lockout, passwordChecks } = this.#limits;
    if (lockout.isLockedOut(client, username, settings)) return { outcome: "locked-out" };
    const taken = await passwordChecks.take<Outcome>(
      () => lockout.rank(client, username, settings),
      async () => {
        // Other attempts may have failed in the meantime.
        if (lockout.isLockedOut(client, username, settings)) return { outcome: "locked-out" };
        if (await users.accepts(username, password)) {
          lockout.succeeded(client, username);
          return { outcome: "accepted" };
        }
        // Counted before the next turn, which depends on it.
        return { outcome: "failed", delayMs: lockout.failed(client, username, settings) };
      },
    );
    return taken === "busy" ? { outcome: "busy" } : taken;
  }
}
