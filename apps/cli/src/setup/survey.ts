import { getDomain } from "tldts";
import { type Host, programOn, readTextOn } from "../host/host.ts";
import { layout } from "../host/layout.ts";
import { type Opendkim, readOpendkim } from "../host/opendkim.ts";
import { isMilterClientChrooted, type Postfix, readPostfix } from "../host/postfix.ts";
import { type PublishSettings, readPublishSettings } from "../host/publish-settings.ts";
import { readSendmail, type Sendmail } from "../host/sendmail.ts";
import { runsSystemd } from "../host/systemd.ts";

/** What a host has, as far as a setup needs to know. */
export interface Survey {
  readonly postfix: Postfix | undefined;
  readonly sendmail: Sendmail | undefined;
  readonly opendkim: Opendkim | undefined;
  readonly hasSystemd: boolean;
  /** The program of the relay. */
  readonly relay: string | undefined;
  /** The text of the config. */
  readonly config: string | undefined;
  /** How an earlier setup published records. */
  readonly publish: PublishSettings["publish"] | undefined;
  /** The domain that this host probably sends as. */
  readonly likelyDomain: string | undefined;
}

export async function surveyHost(host: Host): Promise<Survey> {
  const [postfix, sendmail, opendkim, hasSystemd, config] = await Promise.all([
    readPostfix(host),
    readSendmail(host),
    readOpendkim(host),
    runsSystemd(host),
    readTextOn(host, layout.config),
  ]);
  return {
    postfix,
    sendmail,
    opendkim,
    hasSystemd,
    relay: programOn(host, layout.relayProgram),
    config,
    // A dry run of another user cannot read it.
    publish: await readPublishSettings(host).then(
      (settings) => settings?.publish,
      () => undefined,
    ),
    likelyDomain: await likelyDomain(host, postfix),
  };
}

/** One sentence about each thing that was found. */
export function surveyText({ postfix, sendmail, opendkim, hasSystemd }: Survey): readonly string[] {
  const servers =
    postfix !== undefined
      ? [
          `Postfix ${postfix.version}, ${isMilterClientChrooted(postfix) ? "with smtpd in a chroot" : "without a chroot"}; milters: ${postfix.expanded("smtpd_milters") || "none"}`,
        ]
      : sendmail !== undefined
        ? [
            `Sendmail ${sendmail.version ?? "of an unknown version"}; mail filters: ${sendmail.filters.map(({ name }) => name).join(", ") || "none"}`,
          ]
        : ["no Postfix and no Sendmail"];
  return [
    ...servers,
    ...(opendkim === undefined
      ? []
      : [`OpenDKIM, with ${opendkim.configFile} and ${opendkim.socket ?? "no socket"}`]),
    hasSystemd ? "systemd" : "no systemd",
  ];
}

/** Names that are never in DNS. */
const privateEnding =
  /(?:^|\.)(?:local|localdomain|localhost|lan|internal|invalid|test|home|corp)$/;

async function likelyDomain(host: Host, postfix: Postfix | undefined): Promise<string | undefined> {
  const origin = postfix?.expanded("myorigin");
  const names = [
    origin?.startsWith("/") === true ? await readTextOn(host, origin) : origin,
    await readTextOn(host, "/etc/mailname"),
    postfix?.expanded("mydomain"),
    await readTextOn(host, "/etc/hostname"),
  ];
  for (const name of names) {
    const plain = name?.trim().toLowerCase();
    // The domain of an organization: mail is sent as example.com, not as mx.example.com.
    const domain = plain === undefined ? null : getDomain(plain);
    if (domain !== null && !privateEnding.test(domain)) return domain;
  }
  return undefined;
}
