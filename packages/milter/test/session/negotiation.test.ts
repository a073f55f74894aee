import { everyAction, everyStep, uint32 } from "@mailseal/testkit/milter-mta";
import { expect, test } from "vitest";
import type { MilterHandler } from "../../src/handler.ts";
import type { MilterOptions } from "../../src/options.ts";
import type { Terms } from "../../src/session/negotiation.ts";
import { allActions, harness } from "../support/session-harness.ts";

const skip = 0x400;
const leadingSpace = 0x10_0000;
const always = skip | leadingSpace;
/** All but DATA, which is always asked for. */
const leaveOutAll = 0x17f;

interface Offer {
  readonly version?: number;
  readonly actions?: number;
  readonly steps?: number;
}

interface Case {
  readonly name: string;
  readonly handler: MilterHandler;
  readonly options?: MilterOptions;
  readonly offer?: Offer;
  readonly reply: { readonly version?: number; readonly actions?: number; readonly steps: number };
  readonly rest?: Uint8Array;
}

const nothing = (): void => {};

const cases: readonly Case[] = [
  {
    name: "a handler without steps wants none but DATA, and that answered",
    handler: {},
    reply: { steps: leaveOutAll | always },
  },
  {
    name: "a handler with every step leaves none out",
    handler: {
      connect: nothing,
      helo: nothing,
      mailFrom: nothing,
      rcptTo: nothing,
      data: nothing,
      header: nothing,
      endOfHeaders: nothing,
      body: nothing,
      unknown: nothing,
    },
    reply: { steps: always },
  },
  {
    name: "silent steps are not waited for",
    handler: { header: nothing, body: nothing, connect: nothing },
    options: { silentSteps: ["header", "body", "connect", "helo"] },
    reply: { steps: (leaveOutAll & ~0x31) | 0x80 | 0x8_0000 | 0x1000 | always },
  },
  {
    name: "DATA can be silent if it is asked for by name",
    handler: { data: nothing },
    options: { silentSteps: ["data"] },
    reply: { steps: leaveOutAll | 0x1_0000 | always },
  },
  {
    name: "a step that cannot be left out is not waited for",
    handler: {},
    offer: { steps: everyStep & ~0x8 },
    reply: { steps: (leaveOutAll & ~0x8) | 0x8000 | always },
  },
  {
    name: "nothing is asked for that is not offered",
    handler: { header: nothing },
    options: { silentSteps: ["header"], actions: ["add-headers", "quarantine"] },
    offer: { actions: 0x1, steps: 0 },
    reply: { actions: 0x1, steps: 0 },
  },
  {
    name: "version 2 as Postfix offers it",
    handler: { body: nothing },
    options: { actions: ["add-headers", "change-sender"] },
    offer: { version: 2, actions: 0x3f, steps: 0x7f },
    reply: { version: 2, actions: 0x1, steps: 0x6f },
  },
  {
    name: "a later version is answered with ours",
    handler: {},
    offer: { version: 9, steps: 0xffff_ffff },
    reply: { version: 6, steps: leaveOutAll | always },
  },
  {
    name: "every action",
    handler: {},
    options: { actions: allActions },
    reply: { actions: 0xff, steps: leaveOutAll | always },
  },
  {
    name: "refused recipients",
    handler: { rcptTo: nothing },
    options: { rejectedRecipients: "report" },
    reply: { steps: (leaveOutAll & ~0x8) | 0x800 | always },
  },
  {
    name: "macros",
    handler: {},
    options: { macros: { endOfMessage: ["i", "auth_authen"], connect: ["{daemon_name}"] } },
    reply: { actions: 0x100, steps: leaveOutAll | always },
    rest: Buffer.concat([
      uint32(0),
      Buffer.from("{daemon_name}\0"),
      uint32(5),
      Buffer.from("i {auth_authen}\0"),
    ]),
  },
  {
    name: "no macros where the MTA does not take lists",
    handler: {},
    options: { macros: { connect: ["j"] } },
    offer: { actions: 0xff },
    reply: { steps: leaveOutAll | always },
  },
  {
    name: "packets of 1M",
    handler: {},
    options: { largePackets: "1M" },
    offer: { steps: everyStep | 0x3000_0000 },
    reply: { steps: leaveOutAll | always | 0x2000_0000 },
  },
  {
    name: "packets of 256K where 1M is not offered",
    handler: {},
    options: { largePackets: "1M" },
    offer: { steps: everyStep | 0x1000_0000 },
    reply: { steps: leaveOutAll | always | 0x1000_0000 },
  },
];

test.each(cases)("$name", async ({ handler, options, offer, reply, rest }) => {
  const { mta } = harness(() => handler, options);
  expect(await mta.negotiate(offer)).toEqual({
    version: reply.version ?? 6,
    actions: reply.actions ?? 0,
    steps: reply.steps,
    rest: Buffer.from(rest ?? []),
  });
});

test.each<[MilterOptions, Offer, Partial<Terms>]>([
  [
    { actions: ["add-headers", "quarantine"], silentSteps: ["header"] },
    { actions: 0x1 },
    {
      version: 6,
      actions: new Set(["add-headers"]),
      leadingSpace: "kept",
      skip: true,
      bodyChunkBytes: 65_535,
      silent: new Set(["header"]),
      reported: new Set(["header", "data"]),
    },
  ],
  [
    { silentSteps: ["header"] },
    { version: 4, actions: 0, steps: 0x35f },
    {
      version: 4,
      leadingSpace: "removed",
      skip: false,
      silent: new Set(),
      reported: new Set(["header", "data"]),
    },
  ],
  [{ largePackets: "1M" }, { steps: 0x2000_035f }, { bodyChunkBytes: 1_048_575 }],
  [{ largePackets: "256K" }, { steps: 0x3000_035f }, { bodyChunkBytes: 262_143 }],
  [{ largePackets: "256K" }, { steps: 0x2000_035f }, { bodyChunkBytes: 65_535 }],
])("a handler sees the terms: %j, offered %j", async (options, offer, terms) => {
  const seen: Terms[] = [];
  const handler: MilterHandler = {
    header: () => {},
    endOfMessage: (_changes, context) => void seen.push(context.terms),
  };
  const { mta } = harness(() => handler, options);
  await mta.negotiate(offer);
  expect(await mta.say("E")).toBe("c");
  expect(seen).toMatchObject([terms]);
});

test("an MTA of version 1 is not served", async () => {
  const { mta, session, errors } = harness(() => ({}));
  await expect(mta.negotiate({ version: 1, actions: everyAction })).rejects.toThrow("ended");
  await session.done;
  expect(errors).toMatchObject([
    { code: "protocol-violation", message: expect.stringContaining("version 2 or later") },
  ]);
});
