import { routeName, routeOf, toQueueContext } from "@mailseal/delivery";
import type { Config } from "@mailseal/policy/config";
import type { Lease, Queue } from "@mailseal/queue";
import { type Action, type RecipientReport, report } from "./report.ts";
import { returnedPart } from "./returned-part.ts";

export interface NotifierSetup {
  readonly queue: Queue;
  readonly config: Config;
  readonly hostname: string;
  readonly now: () => number;
}

/** Tells senders what became of their mail: by mail of the null sender, which is queued like any other. */
export class Notifier {
  readonly #setup: NotifierSetup;

  constructor(setup: NotifierSetup) {
    this.#setup = setup;
  }

  /** Resolves when the notification is durable. Nothing is sent where nobody is to be told (RFC 5321 4.5.5). */
  async tell(lease: Lease, recipients: readonly RecipientReport[]): Promise<void> {
    for (const action of ["failed", "delayed", "relayed"] as const) {
      const told = recipients.filter((it) => it.action === action);
      if (told.length > 0 && lease.message.envelope.from !== "") {
        await this.#send(lease, action, told);
      }
    }
  }

  async #send(lease: Lease, action: Action, recipients: readonly RecipientReport[]): Promise<void> {
    const { queue, config, hostname, now } = this.#setup;
    const { id, attempt, envelope, firstSeenMs, context } = lease.message;
    const returned = await returnedPart(lease, action, config.worker.returnSize);
    const body = report({
      hostname,
      id,
      envelope,
      recipients,
      firstSeenMs,
      nowMs: now(),
      expiresMs: firstSeenMs + config.worker.expiry,
      returned,
    });
    const ascii = body.every((octet) => octet < 0x80);
    const smtputf8 = recipients.some(({ recipient }) => /[^ -~]/.test(recipient.address));
    const binding = config.defaultBinding ?? context.get("binding");
    await queue.add(
      {
        envelope: {
          from: "",
          smtputf8,
          body8bit: !ascii,
        },
        destinations: [
          {
            route: routeName(routeOf(config, binding, envelope.from)),
            recipients: [{ address: envelope.from, dsn: { notify: ["never"] } }],
          },
        ],
        // A worker that is killed before it has settled the message tells it once all the same.
        dedupId: `dsn/${id}/${attempt}/${action}`,
        context: toQueueContext({
          context: {
            direction: "outbound",
            queueId: `${context.get("queueId") ?? id}-${action}`,
            listener: "worker",
            relayNetwork: true,
            variables: new Map(),
            ...(binding === undefined ? {} : { binding }),
          },
          needs: { ascii, asciiHeader: !smtputf8 },
          todo: "pipeline",
        }),
      },
      body,
    );
  }
}
