import type {
  Destination,
  Lease,
  MessageBody,
  NewMessage,
  Queue,
  TakeOptions,
} from "@mailseal/queue";
import { expect, onTestFinished } from "vitest";
import type { Backend, BackendSettings } from "../backend.ts";

/** A lease long enough for a loaded machine. */
const longMs = 30_000;
/** How long a take waits for an expected message; it ends as soon as the message arrives. */
export const patienceMs = 20_000;
/** How long a take waits for a message that must not arrive. */
const momentMs = 250;

export interface Opened {
  readonly queue: Queue;
  /** Opens the same queue again, as another process would. */
  openAgain(): Promise<Queue>;
}

/** A new queue, closed and removed when the test ends. */
export async function opened(
  backend: Backend,
  settings: Partial<BackendSettings> = {},
): Promise<Opened> {
  const tested = await backend.create({ leaseMs: longMs, dedupWindowMs: 120_000, ...settings });
  const handles: Queue[] = [];
  onTestFinished(async () => {
    await Promise.all(handles.map((handle) => handle.close()));
    await tested.remove();
  });
  const openAgain = async (): Promise<Queue> => {
    const handle = await tested.open();
    handles.push(handle);
    return handle;
  };
  return { queue: await openAgain(), openAgain };
}

export function messageTo(route: string, more: Partial<NewMessage> = {}): NewMessage {
  return {
    envelope: { from: "ada@example.com" },
    destinations: [destinationTo(route)],
    ...more,
  };
}

export function destinationTo(route: string): Destination {
  return { route, recipients: [{ address: `bob@${route}` }] };
}

/** Adds a message for one destination; resolves to its id. */
export async function addOne(
  queue: Queue,
  message: NewMessage,
  body: MessageBody,
): Promise<string> {
  const { ids } = await queue.add(message, body);
  const [id] = ids;
  expect(ids).toHaveLength(1);
  return id ?? "";
}

/** A body that fails after `bytes`. */
export async function* brokenBody(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error("the client went away");
}

export const text = (bytes: string): Uint8Array => Buffer.from(bytes);

/** Takes exactly one message, and fails if there is none. */
export async function takeOne(queue: Queue, options: TakeOptions = {}): Promise<Lease> {
  const leases = await queue.take(1, { waitMs: patienceMs, ...options });
  const [lease] = leases;
  expect(leases).toHaveLength(1);
  if (lease === undefined) throw new Error("expected a lease");
  return lease;
}

/** Takes until there are `count` messages. */
export async function takeAll(
  queue: Queue,
  count: number,
  options: TakeOptions = {},
): Promise<readonly Lease[]> {
  const leases: Lease[] = [];
  while (leases.length < count) {
    const more = await queue.take(count - leases.length, { waitMs: patienceMs, ...options });
    if (more.length === 0) break;
    leases.push(...more);
  }
  expect(leases).toHaveLength(count);
  return leases;
}

export async function expectNothing(queue: Queue, options: TakeOptions = {}): Promise<void> {
  expect(await queue.take(10, { waitMs: momentMs, ...options })).toEqual([]);
}
