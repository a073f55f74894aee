import type { Publication } from "./published-key.ts";
import type { Sighting } from "./watch-keys.ts";

/** One sentence about what DNS returns for a key, and what to do if something is wrong. */
export function sightingText({ key, seen, atZone, cachedUntilMs }: Sighting): string {
  const name = `${key.selector}._domainkey.${key.domain}`;
  if (atZone?.seen.state === "published") {
    const until = cachedUntilMs === undefined ? "for a while" : `until ${timeOfDay(cachedUntilMs)}`;
    return seen.state === "absent"
      ? `${name}: published by the name servers of ${atZone.zone}; your resolver still answers from its cache that there is nothing, ${until}`
      : `${name}: published by the name servers of ${atZone.zone}; your resolver still has an older answer in its cache (${publicationText(seen)})`;
  }
  // What the zone's own servers say is newer.
  return `${name}: ${publicationText(atZone?.seen ?? seen)}`;
}

/** The state of a record in DNS, in words. */
function publicationText(publication: Publication): string {
  switch (publication.state) {
    case "published":
      return publication.isTesting
        ? "published, but marked as testing (t=y): receivers treat the mail as unsigned; remove t=y from the record"
        : "published";
    case "absent":
      return publication.status === "nxdomain"
        ? "nothing yet"
        : "nothing yet (the name exists, but has no TXT record)";
    case "damaged":
    case "unusable":
      return `${publication.reason}: ${publication.remedy}`;
    case "several":
      return `${publication.count} key records instead of one: delete the others, because receivers may use any of them`;
    case "other-key":
      return "the wrong value: this is the record of another key; replace it by the record above";
    case "revoked":
      return "the record of a revoked key (p= is empty); replace it by the record above";
    case "failed":
      return `DNS does not answer (${publication.reason}); it is asked again`;
  }
}

function timeOfDay(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB");
}
