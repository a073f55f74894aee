import { generateKey, loadPrivateKey } from "@mailseal/crypto";
import { formatKeyRecord, type TxtAnswer, type TxtResolver } from "@mailseal/dns-record";
import { createRotation } from "../../src/create-rotation.ts";
import type { ActiveKey, Environment, KeyFiles } from "../../src/environment.ts";
import { Journal } from "../../src/journal.ts";
import type { Rotation } from "../../src/rotation.ts";
import type { RotationState } from "../../src/steps/rotation-state.ts";

export const domain = "example.com";
export const oldSelector = "mail2025";
export const startMs: number = Date.UTC(2026, 10, 24, 12);
export const hourMs = 3_600_000;
export const dayMs: number = 24 * hourMs;

/** The process has ended: its later actions have no effect. */
export class Crash extends Error {}

/**
 * Disk, DNS, clock and signer in memory, which outlive the process that uses them. Each effect is counted before and after
 * it happens, and the process can be made to crash at any of these points.
 */
export class World {
  nowMs: number = startMs;
  readonly files: Map<string, string> = new Map();
  readonly zone: Map<string, string> = new Map();
  readonly journal: Journal;
  /** The answers of resolvers that do not see changes of the zone. */
  readonly stale: Map<string, ReadonlyMap<string, string> | TxtAnswer> = new Map();
  active: readonly ActiveKey[];
  /** Every breach of the promise that a key that signs is published. */
  readonly breaches: string[] = [];
  effects = 0;
  crashAt: number = Infinity;
  #crashed = false;

  constructor(journal: Journal = new Journal(":memory:")) {
    this.journal = journal;
    const key = generateKey({ type: "ed25519" });
    const keyFile = `/keys/${domain}/${oldSelector}.key`;
    this.files.set(keyFile, key.toPem());
    this.zone.set(this.nameOf(oldSelector), formatKeyRecord(key.publicKey));
    this.active = [{ selector: oldSelector, keyFile }];
  }

  nameOf(selector: string): string {
    return `${selector}._domainkey.${domain}`;
  }

  /** A new process. */
  start(): Rotation {
    this.#crashed = false;
    return createRotation({
      ...this.environment(),
      journal: this.#crashingJournal(),
      clock: { nowMs: () => this.nowMs },
    });
  }

  environment(): Environment {
    return {
      keyFiles: this.#keyFiles(),
      publisher: {
        apply: async (changes) => {
          for (const change of changes) {
            this.#effect(() => {
              if (change.action === "remove") this.zone.delete(change.name);
              else this.zone.set(change.name, change.record);
            });
          }
          return {};
        },
      },
      resolvers: ["one", "two"].map((name) => ({ name, resolver: this.#resolver(name) })),
      activation: {
        active: async () => this.active,
        activate: async (_, keys) => {
          // Key by key, like the table of domains.
          for (const key of keys) {
            if (this.active.some(({ selector }) => selector === key.selector)) continue;
            this.#effect(() => (this.active = [...this.active, key]));
          }
          for (const { selector } of this.active) {
            if (keys.some((key) => key.selector === selector)) continue;
            this.#effect(
              () => (this.active = this.active.filter((each) => each.selector !== selector)),
            );
          }
        },
      },
    };
  }

  /** Calls `advance` at each due time until every rotation has ended, or the limit is reached. */
  async runToEnd(rotation: Rotation, limit = 60): Promise<RotationState | undefined> {
    for (let round = 0; round < limit; round++) {
      await rotation.advance();
      const next = Math.min(...rotation.status().map(({ dueMs }) => dueMs));
      if (next === Number.MAX_SAFE_INTEGER) break;
      this.nowMs = Math.max(this.nowMs, next);
    }
    return rotation.status().at(-1);
  }

  /** Checks that each key that signs is in DNS, and that its file exists. */
  checkSigning(): void {
    for (const { selector, keyFile } of this.active) {
      const pem = this.files.get(keyFile);
      const record = this.zone.get(this.nameOf(selector));
      const ours = pem === undefined ? undefined : formatKeyRecord(loadPrivateKey(pem).publicKey);
      if (ours === undefined || ours !== record) this.breaches.push(`${selector}: ${record}`);
    }
    if (this.active.length === 0) this.breaches.push("nothing signs");
  }

  #effect<Value>(action: () => Value): Value {
    this.#point();
    const value = action();
    this.checkSigning();
    this.#point();
    return value;
  }

  #point(): void {
    if (this.#crashed || this.effects++ === this.crashAt) {
      this.#crashed = true;
      throw new Crash();
    }
  }

  #crashingJournal(): Journal {
    const { journal } = this;
    const effect = <Value>(action: () => Value): Value => this.#effect(action);
    return new Proxy(journal, {
      get(target, name) {
        if (name === "insert" || name === "commit" || name === "acquire" || name === "release") {
          return (...args: readonly unknown[]) =>
            effect(() => Reflect.apply(target[name], target, args));
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  #resolver(name: string): TxtResolver {
    return {
      resolveTxt: async (asked) => {
        const stale = this.stale.get(name);
        if (stale !== undefined && "status" in stale) return stale;
        const record = (stale ?? this.zone).get(asked);
        return record === undefined
          ? { status: "nxdomain", ttlSeconds: 900 }
          : { status: "found", records: [record], ttlSeconds: 300 };
      },
    };
  }

  #keyFiles(): KeyFiles {
    const { files } = this;
    const pathOf = (of: string, selector: string): string => `/keys/${of}/${selector}.key`;
    const draftOf = (of: string, selector: string): string => `${pathOf(of, selector)}.draft`;
    return {
      pathOf,
      isTaken: async (of, selector) => files.has(pathOf(of, selector)),
      writeDraft: async (of, selector, pem) => {
        this.#effect(() => files.set(draftOf(of, selector), pem));
      },
      install: async (of, selector) => {
        const draft = files.get(draftOf(of, selector));
        if (draft === undefined) return;
        const path = pathOf(of, selector);
        if (!files.has(path)) this.#effect(() => files.set(path, draft));
        if (files.get(path) === draft) this.#effect(() => files.delete(draftOf(of, selector)));
      },
      read: async (path) => files.get(path),
      putAway: async (of, { selector, keyFile }) => {
        this.#effect(() => files.delete(draftOf(of, selector)));
        const pem = files.get(keyFile);
        if (pem !== undefined) {
          this.#effect(() => {
            files.delete(keyFile);
            files.set(`${keyFile}.archived`, pem);
          });
        }
        return "archived";
      },
    };
  }
}
