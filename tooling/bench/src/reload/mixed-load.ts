import { createSigner } from "@mailseal/signer";
import { rsaSignature } from "../fixtures.ts";
import { misbehaveBySmtp, post, reportByMilter, sendBySmtp } from "./raw-clients.ts";
import type { Ports } from "./reloaded-programs.ts";

/** The size of a message, and the percentage of messages with that size. */
const sizes: readonly (readonly [sizeBytes: number, share: number])[] = [
  [2_000, 70],
  [20_000, 22],
  [300_000, 7],
  [3_000_000, 1],
];

/** The pause of a client between two messages; all clients together send about 60 a second. */
const pauseMs = 100;
const clientsOfEach = 2;

/** Sends mail of every kind until it is stopped, in the same sequence each time. */
export class MixedLoad {
  readonly #ports: Ports;
  readonly #counts = new Map<string, number>();
  readonly #bySize = new Map<number, { readonly plain: Buffer; readonly signed: Buffer }>();
  #isStopping = false;
  #step = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    const signer = createSigner([rsaSignature]);
    for (const [size] of sizes) {
      const plain = message(size, "");
      this.#bySize.set(size, { plain, signed: Buffer.from(signer.sign(plain).toBytes()) });
    }
  }

  /** How often each kind was sent. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Resolves when it was stopped and every client has ended. */
  async run(): Promise<void> {
    const { outbound, inbound, queue, milter, jobs } = this.#ports;
    const kinds: readonly (readonly [string, () => Promise<unknown>])[] = [
      ["outbound", () => sendBySmtp(outbound, ["bob@example.net"], [this.#plain(), this.#plain()])],
      ["inbound", () => sendBySmtp(inbound, ["bob@example.net"], [this.#signed()])],
      ["queue", () => sendBySmtp(queue, ["bob@example.net", "eve@example.org"], [this.#plain()])],
      ["milter", () => reportByMilter(milter, this.#plain(), false)],
      ["jobs", () => post({ port: jobs }, "/v1/sign", this.#plain())],
      ["bad", () => this.#bad()],
    ];
    const clients = kinds.flatMap((kind) => Array.from({ length: clientsOfEach }, () => kind));
    await Promise.all(clients.map(([name, act]) => this.#client(name, act)));
  }

  stop(): void {
    this.#isStopping = true;
  }

  async #client(name: string, act: () => Promise<unknown>): Promise<void> {
    while (!this.#isStopping) {
      await act();
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #bad(): Promise<void> {
    const { outbound, inbound, queue, milter, jobs } = this.#ports;
    switch (this.#next() % 7) {
      case 0:
        return misbehaveBySmtp(outbound);
      case 1:
        return void (await sendBySmtp(
          inbound,
          ["b@example.net"],
          [Buffer.from("no\nmail at all")],
        ));
      case 2:
        return reportByMilter(milter, this.#plain(), true);
      case 3:
        return void (await post({ port: jobs }, "/v1/verify", Buffer.alloc(1000, 0xff)));
      case 4:
        return void (await post({ port: jobs }, "/v1/batch", Buffer.from('{"id":1}\nnot JSON\n')));
      case 5:
        return void (await sendBySmtp(queue, ["b@example.net"], [message(2000, "throws")]));
      default:
        return void (await sendBySmtp(outbound, ["b@example.net"], [message(2000, "leaves")]));
    }
  }

  #plain(): Buffer {
    return this.#ofSize().plain;
  }

  #signed(): Buffer {
    return this.#ofSize().signed;
  }

  #ofSize(): { readonly plain: Buffer; readonly signed: Buffer } {
    let place = (this.#next() * 37) % 100;
    for (const [size, share] of sizes) {
      const made = this.#bySize.get(size);
      if (place < share && made !== undefined) return made;
      place -= share;
    }
    throw new Error("the shares are of a hundred");
  }

  #next(): number {
    return this.#step++;
  }
}

function message(sizeBytes: number, hook: string): Buffer {
  const header = [
    "From: Alice <alice@example.com>",
    "To: bob@example.net",
    "Subject: Lunch",
    "Date: Thu, 01 Jan 2026 12:00:00 +0000",
    `Message-ID: <${sizeBytes}.${hook}@example.com>`,
    `X-Hook: ${hook === "" ? "none" : hook}`,
    "",
  ].join("\r\n");
  const line = "At noon, in the usual place, and bring what you have.\r\n";
  return Buffer.from(`${header}\r\n${line.repeat(Math.ceil(sizeBytes / line.length))}`);
}
