import { findRow, type RecordedRow, type RowKey } from "./recorded.ts";

export type Scheme = "light" | "dark";

interface Bar extends RowKey {
  /** The work, and the peer, as the chart names them. */
  readonly work: string;
  readonly peer: string;
}

/** All with messages of 2 KB, and RSA-2048 unless the bar says otherwise. */
const bars: readonly Bar[] = [
  bar("Sign", "nodemailer", "sign", "RSA-2048, 2 KB", "nodemailer with a parsed key"),
  bar("Sign", "mailauth", "sign", "RSA-2048, 2 KB", "mailauth"),
  bar("Sign", "libopendkim", "sign", "RSA-2048, 2 KB", "libopendkim"),
  bar("Sign with Ed25519", "mailauth", "sign", "Ed25519, 2 KB", "mailauth"),
  bar("Verify", "libopendkim", "verify", "RSA-2048, 2 KB", "libopendkim"),
  bar("Verify", "mailauth", "verify", "RSA-2048, 2 KB", "mailauth"),
  bar("Relay and sign", "Postfix with OpenDKIM", "relay", "relay, 2 KB", "Postfix with OpenDKIM"),
  bar("Queue and deliver", "Postfix", "queue", "messages delivered per second", "Postfix's queue"),
];

function bar(work: string, peer: string, suite: string, name: string, against: string): Bar {
  return { work, peer, suite, name, against };
}

const colours = {
  light: { text: "#1f2328", quiet: "#59636e", bar: "#0f766e", line: "#818b98" },
  dark: { text: "#f0f6fc", quiet: "#9198a1", bar: "#5cc8bb", line: "#9198a1" },
} as const;

const width = 560;
const headHeight = 50;
const rowHeight = 38;
/** Leaves room for the ratio behind the longest bar. */
const longestBar = 490;

/**
 * The chart of the README: messages per second as a multiple of each peer, as an SVG image on a transparent ground. Rows
 * that are not recorded, because the peer was not installed, are left out.
 */
export function speedChart(rows: readonly RecordedRow[], scheme: Scheme): string {
  const { text, quiet, bar: fill, line } = colours[scheme];
  const shown = bars.flatMap((each) => {
    const row = findRow(rows, each);
    return row === undefined ? [] : [{ ...each, row }];
  });
  const scale = longestBar / Math.max(1, ...shown.map(({ row }) => row.ratio));
  const height = headHeight + rowHeight * shown.length + 6;
  const peerAt = round(scale);
  const drawn = shown.map(({ work, peer, row: { ratio, ours, theirs } }, index) => {
    const top = headHeight + rowHeight * index;
    const barWidth = round(ratio * scale);
    const rates = `${rateOf(ours)} vs ${rateOf(theirs)} per second`;
    return [
      `<text y="${top + 11}"><tspan class="work">${escaped(work)}</tspan> <tspan class="quiet">vs ${escaped(peer)}</tspan></text>`,
      `<text x="${width}" y="${top + 11}" text-anchor="end" class="quiet">${escaped(rates)}</text>`,
      `<rect y="${top + 16}" width="${barWidth}" height="12" rx="2" fill="${fill}"/>`,
      `<path d="M${peerAt} ${top + 13}v18" stroke="${line}"/>`,
      `<text x="${barWidth + 6}" y="${top + 26}" class="ratio">${ratio.toFixed(1)}×</text>`,
    ].join("\n");
  });
  const summary = shown.map(
    ({ work, peer, row }) => `${work}: ${row.ratio.toFixed(1)} times ${peer}`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title summary">
<title id="title">Speed of Mailseal compared with its peers</title>
<desc id="summary">${escaped(summary.join("; "))}.</desc>
<style>
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: ${text}; }
.head { font-size: 14px; font-weight: 600; }
.work, .ratio { font-weight: 600; }
.quiet { fill: ${quiet}; }
</style>
<text y="14" class="head">Messages per second, as a multiple of each peer</text>
<path d="M${peerAt} 26v14" stroke="${line}"/>
<text x="${peerAt + 5}" y="37" class="quiet">peer = 1×</text>
${drawn.join("\n")}
</svg>
`;
}

function rateOf(figure: string): string {
  return figure.replace(/ \/s$/, "");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
