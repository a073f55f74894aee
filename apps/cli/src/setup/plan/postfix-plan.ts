import { postfixMilter } from "../../host/layout.ts";
import { formatMilterList, type MilterEntry, parseMilterList } from "../../host/milter-list.ts";
import { isOpendkim, type Opendkim } from "../../host/opendkim.ts";
import { type Postfix, type PostfixParameter, smtpdServices } from "../../host/postfix.ts";
import type { PostfixChange } from "../changes/postfix-change.ts";

/** The parameters that make Postfix hand mail to the relay. `replaced`: the milter whose place ours takes. */
export function postfixPlan(postfix: Postfix, replaced: Opendkim | undefined): PostfixChange {
  const { queueDirectory } = postfix;
  const listOf = (value: string): string => withOurMilter(value, queueDirectory, replaced);
  const written = postfix.written("smtpd_milters");
  // OpenDKIM in a variable such as $dkim_milter: the list is written out, because others may use the variable too.
  const isHidden =
    replaced !== undefined &&
    !hasOpendkim(written, queueDirectory, replaced) &&
    hasOpendkim(postfix.expanded("smtpd_milters"), queueDirectory, replaced);
  const smtpd = listOf(isHidden ? postfix.expanded("smtpd_milters") : written);
  const local = postfix.written("non_smtpd_milters");
  return {
    kind: "postfix",
    configDirectory: postfix.configDirectory,
    parameters: [
      ["smtpd_milters", smtpd],
      // A reference to the other list already leads to our milter.
      ["non_smtpd_milters", refersTo(local, "smtpd_milters") ? local : listOf(expandedIf(local))],
      ["milter_default_action", "tempfail"],
      ["milter_protocol", "6"],
      ["internal_mail_filter_classes", withClass(postfix, "bounce")],
    ],
    services: smtpdServices(postfix).flatMap(({ name, type, options }) => {
      const own = options.get("smtpd_milters");
      // A service without milters, as for mail that comes back from a content filter, stays without.
      if (own === undefined || own === "" || refersTo(own, "smtpd_milters")) return [];
      return [[`${name}/${type}/smtpd_milters`, listOf(own)] as const];
    }),
    isTemporary: false,
  };

  function expandedIf(value: string): string {
    const full = postfix.expanded("non_smtpd_milters");
    return replaced !== undefined &&
      !hasOpendkim(value, queueDirectory, replaced) &&
      hasOpendkim(full, queueDirectory, replaced)
      ? full
      : value;
  }
}

/**
 * The list with our milter in the place of OpenDKIM, otherwise at the end, so that it signs what other milters have added.
 * The others keep their order. OpenDKIM appears once, or is left out where ours is already in the list.
 */
function withOurMilter(
  value: string,
  queueDirectory: string,
  replaced: Opendkim | undefined,
): string {
  const ours: MilterEntry = { text: postfixMilter, address: postfixMilter };
  const entries = parseMilterList(value).map((entry) =>
    replaced !== undefined && isOpendkim(entry, replaced, queueDirectory) ? ours : entry,
  );
  const at = entries.findIndex(({ address }) => address === postfixMilter);
  if (at < 0) return formatMilterList([...entries, ours]);
  return formatMilterList(
    entries.filter(({ address }, index) => address !== postfixMilter || index === at),
  );
}

export function hasOpendkim(value: string, queueDirectory: string, opendkim: Opendkim): boolean {
  return parseMilterList(value).some((entry) => isOpendkim(entry, opendkim, queueDirectory));
}

function refersTo(value: string, parameter: PostfixParameter): boolean {
  return [`$${parameter}`, `\${${parameter}}`, `$(${parameter})`].includes(value.trim());
}

/** Bounces of this Postfix are signed like other mail that it sends. */
function withClass(postfix: Postfix, name: string): string {
  const value = postfix.written("internal_mail_filter_classes");
  const classes = value.split(/[\s,]+/).filter((each) => each !== "");
  return classes.includes(name) ? value : [...classes, name].join(", ");
}
