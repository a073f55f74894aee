import { type Config, signingSettings } from "@mailseal/config";

/** The names of the fields that signatures of a domain cover, in lower case, and of the signature itself. */
export async function signedFields(config: Config, domain: string): Promise<ReadonlySet<string>> {
  const { defaultFieldPreset, fieldPresets } = await import("@mailseal/signer");
  const settings = signingSettings(config, { domain, binding: config.defaultBinding });
  const preset = fieldPresets[settings.fields ?? defaultFieldPreset];
  const { headers = preset.headers, oversign = preset.oversign, skip = [] } = settings;
  const names = new Set([...headers, ...oversign, "DKIM-Signature"].map(plain));
  for (const name of skip) names.delete(plain(name));
  return names;
}

/** The suffixes of Momentum say how many of the fields are signed. */
function plain(name: string): string {
  return name.replace(/[?*+]$/, "").toLowerCase();
}

/** The header of a signed message from a domain, with the fields that ordinary mail has. */
export function signedHeader(domain: string): string {
  return [
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=mail; h=from:subject; bh=AA==; b=AA==`,
    `Received: from client.${domain} (client.${domain} [192.0.2.1]) by mx.${domain} (Postfix) with ESMTPSA id 1`,
    `From: "A. Sender" <sender@${domain}>`,
    `Sender: sender@${domain}`,
    `Reply-To: reply@${domain}`,
    `To: "R. Receiver" <receiver@example.net>`,
    "Cc: other@example.net",
    "Subject: A message",
    "Date: Fri, 27 Nov 2026 12:00:00 +0000",
    `Message-ID: <1@${domain}>`,
    "In-Reply-To: <2@example.net>",
    "References: <2@example.net>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "User-Agent: Mail",
    "X-Mailer: Mail",
    "X-Originating-IP: [192.0.2.1]",
    `List-Unsubscribe: <https://${domain}/u>`,
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "",
    "Text.",
    "",
  ].join("\n");
}
