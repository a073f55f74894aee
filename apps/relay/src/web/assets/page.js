/** Keeps the overview up to date. The page is complete, and works, without this script. */
import { Charts } from "./charts.js";

const steps = { minutes: 1, day: 60 };
const charts = new Charts(
  document.querySelector("#rate-chart"),
  document.querySelector("#latency-chart"),
);
const waiting = new Map();
let span = "minutes";

async function loadSeries() {
  const wanted = span;
  const response = await fetch(`/series?span=${wanted}`);
  if (response.ok && wanted === span) charts.load(await response.json(), steps[wanted]);
}

for (const button of document.querySelectorAll("[data-span]")) {
  button.addEventListener("click", () => {
    span = button.dataset.span;
    for (const other of document.querySelectorAll("[data-span]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    void loadSeries();
  });
}

/** Shows HTML that the server has escaped. A part that has the focus or a selection is updated later. */
function put(id, html) {
  const place = document.getElementById(id);
  if (place === null) return;
  const selection = document.getSelection();
  const selected =
    selection !== null && !selection.isCollapsed && selection.containsNode(place, true);
  if (place.contains(document.activeElement) || selected) {
    waiting.set(id, html);
    return;
  }
  waiting.delete(id);
  const scrolled = [...place.querySelectorAll(".scroll")].map((it) => it.scrollLeft);
  place.innerHTML = html;
  for (const [at, it] of place.querySelectorAll(".scroll").entries())
    it.scrollLeft = scrolled[at] ?? 0;
}

function putWaiting() {
  for (const [id, html] of waiting) put(id, html);
}
document.addEventListener("focusout", () => setTimeout(putWaiting));
document.addEventListener("selectionchange", putWaiting);

const connection = document.querySelector("#connection");
function showConnection(text, live) {
  if (connection.textContent !== text) connection.textContent = text;
  connection.classList.toggle("live", live);
}

const events = new EventSource("/live");
events.addEventListener("section", ({ data }) => {
  const { id, html } = JSON.parse(data);
  put(id, html);
});
events.addEventListener("points", ({ data }) => {
  if (span === "minutes") charts.append(JSON.parse(data));
});
events.addEventListener("open", () => {
  showConnection("live", true);
  void loadSeries();
});
events.addEventListener("error", () => showConnection("disconnected, retrying", false));
setInterval(() => {
  if (span === "day") void loadSeries();
}, 60_000);

const form = document.querySelector("#check-form");
const section = form.closest("section");
const file = document.querySelector("#check-file");
for (const type of ["dragenter", "dragover"]) {
  section.addEventListener(type, (event) => {
    event.preventDefault();
    section.classList.add("dropping");
  });
}
section.addEventListener("dragleave", () => section.classList.remove("dropping"));
section.addEventListener("drop", (event) => {
  event.preventDefault();
  section.classList.remove("dropping");
  if (event.dataTransfer.files.length > 0) {
    file.files = event.dataTransfer.files;
    form.submit();
  } else {
    document.querySelector("#check-text").value = event.dataTransfer.getData("text/plain");
  }
});
