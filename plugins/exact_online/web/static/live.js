// The live figures of the integrations page: asked for all the time, put into places that keep their size.
import { moment } from "./page.js";

const INTERVAL = 800;
const MOST_WAITING = 4;
const SLOWEST = 16;
const root = document.querySelector("[data-live]");
const put = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
};

const showAdministration = (id, found) => {
  const row = document.getElementById(`administration-${id}`);
  if (!row) return;
  row.dataset.tone = found.tone;
  put(row.querySelector("[data-field=words]"), found.words);
  const when = row.querySelector("[data-field=moment]");
  put(when, moment(found.moment));
  put(row.querySelector("[data-field=reason]"), found.reason);
  const bar = row.querySelector("progress");
  bar.value = found.fraction;
  bar.classList.toggle("still", !found.is_active);
  const live = found.is_active && found.words !== "Waiting";
  put(row.querySelector("[data-field=live]"), live ? `${found.run_rows} rows, ${found.run_calls} calls` : "");
  put(row.querySelector("[data-field=rows]"), found.rows);
  put(row.querySelector("[data-field=last]"), moment(found.last));
  put(row.querySelector("[data-field=next]"), moment(found.next));
  const proof = { true: "Yes", false: "No", null: "Not yet" }[String(found.is_reconciled)];
  put(row.querySelector("[data-field=reconciled]"), proof);
};

// A question goes out every 0.8 s although the one before may still be under way: a busy server answers late, but in
// step. An answer that was overtaken is dropped.
let asked = 0;
let shown = 0;
let waiting = 0;
let failures = 0;

const show = (found) => {
  for (const [id, each] of Object.entries(found.administrations)) showAdministration(id, each);
  for (const [id, each] of Object.entries(found.integrations)) {
    put(document.querySelector(`#integration-${id} [data-field=calls]`), each.calls);
    const state = document.getElementById(`integration-${id}`)?.dataset.state;
    if (state && state !== each.state) globalThis.location.reload();
  }
  put(document.querySelector("[data-field=marts]"), found.marts.words);
  root.dataset.seen = String(Date.now());
};

const refresh = async () => {
  if (waiting >= MOST_WAITING || document.hidden) return;
  asked += 1;
  waiting += 1;
  const number = asked;
  try {
    const answer = await fetch(root.dataset.live, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    if (number > shown) {
      shown = number;
      show(found);
    }
    failures = 0;
  } catch {
    failures += 1;
  } finally {
    waiting -= 1;
  }
  root.classList.toggle("stale", failures > 2);
};

let skipped = 0;
const tick = () => {
  // After failures ever more rarely: a server that is down comes back to few questions.
  skipped += 1;
  if (skipped < Math.min(2 ** Math.max(failures - 2, 0), SLOWEST)) return;
  skipped = 0;
  refresh();
};
if (root) {
  setTimeout(refresh, 200);
  setInterval(tick, INTERVAL);
}
