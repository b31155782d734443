// The live figures of the integrations page: asked for every second, put into places that keep their size.
import { moment } from "./page.js";

const INTERVAL = 1000;
const LONGEST = 15000;
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

let failures = 0;
const refresh = async () => {
  try {
    const answer = await fetch(root.dataset.live, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    for (const [id, each] of Object.entries(found.administrations)) showAdministration(id, each);
    for (const [id, each] of Object.entries(found.integrations)) {
      put(document.querySelector(`#integration-${id} [data-field=calls]`), each.calls);
      const state = document.getElementById(`integration-${id}`)?.dataset.state;
      if (state && state !== each.state) globalThis.location.reload();
    }
    put(document.querySelector("[data-field=marts]"), found.marts.words);
    root.dataset.seen = String(Date.now());
    root.classList.remove("stale");
    failures = 0;
  } catch {
    failures += 1;
    root.classList.toggle("stale", failures > 2);
  }
  setTimeout(refresh, Math.min(INTERVAL * 2 ** Math.max(failures - 2, 0), LONGEST));
};
if (root) setTimeout(refresh, 300);
