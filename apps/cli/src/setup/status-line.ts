import { stdout } from "node:process";
import { clip, paint } from "@mailseal/service/terminal";
import type { Progress } from "./dialogue.ts";

const bar = "│  ";
const tickMs = 1000;
/** Back to the start of the line, and away with it. */
const clearLine = "\r\u001B[K";

/**
 * One line on a terminal that shows the present state and the seconds since the start. `note` prints a line above it. Ctrl-C
 * stays a signal, because the terminal is not switched to raw mode.
 */
export function statusLine(first: string, note: (text: string) => void): Progress {
  const startMs = performance.now();
  let state = first;
  const draw = (): void => {
    const seconds = ` ${Math.round((performance.now() - startMs) / 1000)} s`;
    // The room for the seconds is kept free.
    const text = clip(state.replaceAll("\n", " "), `${bar}${seconds}`).slice(
      seconds.length + bar.length,
    );
    stdout.write(`${clearLine}${paint("gray", bar)}${text}${paint("gray", seconds)}`);
  };
  const timer = setInterval(draw, tickMs);
  timer.unref();
  draw();
  return {
    update(text) {
      state = text;
      draw();
    },
    note(text) {
      stdout.write(clearLine);
      note(text);
      draw();
    },
    end(text) {
      clearInterval(timer);
      stdout.write(clearLine);
      note(text);
      return Promise.resolve();
    },
  };
}
