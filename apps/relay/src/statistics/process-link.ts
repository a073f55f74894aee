import cluster from "node:cluster";
import process from "node:process";
import type { Config } from "@mailseal/config";
import { type FailedMessage, ProcessStatistics, type Totals } from "@mailseal/service";
import type { Report, ReportAnswer } from "@mailseal/stats";
import { sendToChild, sendToParent } from "../processes/channel.ts";

/** A report of a child process. */
type FromCounting =
  | { readonly type: "statistics-report"; readonly report: Report }
  | { readonly type: "statistics-failure"; readonly failure: FailedMessage };

/** The supervisor's answer. */
interface ToCounting {
  readonly type: "statistics-answer";
  readonly answer: ReportAnswer;
}

const epochVariable = "MAILSEAL_STATISTICS_EPOCH";

/** The environment variables of a child process that starts now. */
export function childEnvironment(totals: Totals): Readonly<Record<string, string>> {
  return { [epochVariable]: String(totals.epoch) };
}

/** The supervisor's side: takes the reports of its child processes, and passes resets on to them. */
export function takeReports(totals: Totals): void {
  cluster.on("message", (worker, message: FromCounting) => {
    switch (message.type) {
      case "statistics-report":
        sendToChild(worker, answerOf(totals.receive(message.report)));
        break;
      case "statistics-failure":
        totals.failures.add(message.failure);
        break;
      default:
    }
  });
  totals.onReset((answer) => {
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker !== undefined) sendToChild(worker, answerOf(answer));
    }
  });
}

/** The child process's side. */
export function countForSupervisor(config: Config): ProcessStatistics {
  const counting = new ProcessStatistics(config, {
    epoch: Number(process.env[epochVariable] ?? 0),
    send: (report) => sendToParent<FromCounting>({ type: "statistics-report", report }),
    sendFailure: (failure) => sendToParent<FromCounting>({ type: "statistics-failure", failure }),
  });
  process.on("message", (message: ToCounting) => {
    if (message.type === "statistics-answer") counting.reporter.receive(message.answer);
  });
  return counting;
}

function answerOf(answer: ReportAnswer): ToCounting {
  return { type: "statistics-answer", answer };
}
