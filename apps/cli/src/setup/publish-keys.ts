import { readFile } from "node:fs/promises";
import process from "node:process";
import { MailsealError } from "@mailseal/errors";
import { publisherOf, type RotationSetup } from "@mailseal/rotation";
import { type KeyRecordTexts, keyRecordTexts } from "../dns/key-record-text.ts";
import { sightingText } from "../dns/sighting-text.ts";
import { look, type Sighting, watchKeys } from "../dns/watch-keys.ts";
import { type Host, pathOn } from "../host/host.ts";
import { configuredDns } from "./configured-dns.ts";
import type { Dialogue } from "./dialogue.ts";
import type { SetupOptions } from "./options.ts";
import type { PlannedKey } from "./plan/plan.ts";
import { reloadRelay } from "./relay-start.ts";
import { SetupError } from "./setup-error.ts";

const ttlSeconds = 3600;
const nowMs = (): number => Date.now();

/**
 * Has the records of the keys published, and waits until DNS returns all of them. Resolves to whether it does. Throws a
 * `SetupError` if a key cannot be read, or if the records cannot be handed over.
 */
export async function publishKeys(
  host: Host,
  keys: readonly PlannedKey[],
  publish: RotationSetup["publish"],
  { wait }: Pick<SetupOptions, "wait">,
  dialogue: Dialogue,
): Promise<boolean> {
  const records = await Promise.all(keys.map((key) => recordOf(host, key)));
  const view = await configuredDns(host);
  const expected = records.map(({ expected: key }) => key);
  const first = await Promise.all(expected.map((key) => look(key, { ...view, nowMs })));
  if (areAllPublished(first)) {
    await dialogue.step(`DNS publishes ${records.length === 1 ? "the key" : "all keys"}`);
    for (const sighting of first) await dialogue.say(sightingText(sighting));
    // The relay may have asked before, and keeps that answer.
    await reloadRelay(host);
    return true;
  }
  const missing = records.filter((_, index) => first[index]?.seen.state !== "published");
  await showRecords(missing, dialogue);
  if (publish.method !== "zone") await handOver(missing, publish, dialogue);
  if (wait === false) {
    const lines =
      publish.method === "zone"
        ? first
        : await Promise.all(expected.map((key) => look(key, { ...view, nowMs })));
    for (const sighting of lines) await dialogue.say(sightingText(sighting));
    return areAllPublished(lines);
  }
  return watch(host, expected, { ...view, nowMs, untilMs: nowMs() + wait * 1000 }, dialogue);
}

async function recordOf(
  host: Host,
  { domain, selector, file }: PlannedKey,
): Promise<KeyRecordTexts> {
  try {
    return keyRecordTexts(domain, selector, await readFile(pathOn(host, file)));
  } catch (error) {
    if (!(error instanceof MailsealError)) throw error;
    throw new SetupError(
      `the private key ${file} cannot be used: ${error.message}; move it away, then run mailseal setup again`,
    );
  }
}

function areAllPublished(sightings: readonly Sighting[]): boolean {
  return sightings.every(({ seen }) => seen.state === "published");
}

/** Each record as a form takes it, and as a line of a zone file. */
async function showRecords(records: readonly KeyRecordTexts[], dialogue: Dialogue): Promise<void> {
  await dialogue.step(
    records.length === 1 ? "Publish this record in DNS" : "Publish these records in DNS",
  );
  for (const { name, line, zone, expected } of records) {
    const short = name.slice(0, -expected.domain.length - 1);
    await dialogue.say(
      `In the form of a DNS provider: type TXT, name ${short} (or ${name} if the form does not add the domain), and as the value this one line:`,
    );
    await dialogue.show([line]);
    await dialogue.say("In a zone file:");
    await dialogue.show([zone]);
  }
}

async function handOver(
  records: readonly KeyRecordTexts[],
  publish: RotationSetup["publish"],
  dialogue: Dialogue,
): Promise<void> {
  const changes = records.map(({ name, line, expected: { domain, selector } }) => ({
    action: "publish" as const,
    domain,
    selector,
    name,
    record: line,
    ttlSeconds,
  }));
  try {
    const publisher = publisherOf(publish, { environment: process.env });
    const { advice } = await publisher.apply(changes);
    await dialogue.say(advice ?? `Handed over by ${wordsFor[publish.method]}.`);
  } catch (error) {
    if (!(error instanceof MailsealError)) throw error;
    throw new SetupError(
      `the record was not published: ${error.message}. Repair this, or publish the record above by hand, then run mailseal setup again`,
    );
  }
}

const wordsFor: Readonly<Record<RotationSetup["publish"]["method"], string>> = {
  zone: "you",
  update: "dynamic update",
  powerdns: "the API of PowerDNS",
  command: "your program",
};

async function watch(
  host: Host,
  keys: Parameters<typeof watchKeys>[0],
  options: Omit<Parameters<typeof watchKeys>[1], "onRound" | "wait">,
  dialogue: Dialogue,
): Promise<boolean> {
  const progress = dialogue.progress("Waiting for DNS. Ctrl-C ends the wait");
  let noted = "";
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once("SIGINT", stop);
  try {
    const last = await watchKeys(keys, {
      ...options,
      onRound: (sightings) => {
        const text = roundText(sightings);
        if (text !== "" && text !== noted) progress.note(text);
        noted = text;
      },
      wait: (ms) => pause(ms, stopped.signal),
    });
    const isDone = areAllPublished(last);
    await progress.end(
      isDone
        ? `DNS publishes ${keys.length === 1 ? "the key" : "all keys"}`
        : `${stopped.signal.aborted ? "No longer waiting" : "The time to wait is over"}: run mailseal setup again to wait on`,
    );
    if (isDone) await reloadRelay(host);
    return isDone;
  } finally {
    process.off("SIGINT", stop);
  }
}

/** The keys that are still missing, or that all are there. */
function roundText(sightings: readonly Sighting[]): string {
  const open = sightings.filter(({ seen }) => seen.state !== "published");
  return open.map(sightingText).join("; ");
}

/** Resolves to false if the wait was stopped. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const timer = setTimeout(() => resolve(true), ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve(false);
      },
      { once: true },
    );
  });
}
