// The list of administrations: tick, see what an import costs and what may be read, start.
import { ask } from "./page.js";

const form = document.querySelector("form[data-quote-path]");
const boxes = [...form.querySelectorAll("input[name=codes]:not(:disabled)")];
const all = document.getElementById("all");
const start = document.getElementById("start");
const asked = new Map();
// One question after another: each takes a dozen of Exact's calls.
let queue = Promise.resolve();

const paragraph = (parent, text, className) => {
  const element = document.createElement("p");
  element.textContent = text;
  if (className) element.className = className;
  parent.append(element);
};

const show = (place, found) => {
  place.replaceChildren();
  if (found.error) {
    paragraph(place, found.error, "bad");
    return;
  }
  paragraph(place, `First import: ${found.quote}.`);
  const missing = found.rights.filter((right) => !right.is_granted);
  paragraph(place, missing.length ? "" : "Every data set may be read.", "hint");
  for (const right of missing) {
    const need = right.is_required ? "required" : "optional, left out until then";
    paragraph(place, `${right.data_set} may not be read (${need}). ${right.remedy}`, right.is_required ? "bad" : "warn");
  }
};

const price = (box) => {
  const place = document.getElementById(`cost-${box.value}`);
  if (!box.checked) {
    place.closest("tr").hidden = true;
    return;
  }
  place.closest("tr").hidden = false;
  if (asked.has(box.value)) return;
  place.replaceChildren();
  paragraph(place, "Asking Exact what an import takes and what the user may read…", "hint");
  asked.set(box.value, true);
  queue = queue.then(async () => {
    if (!box.checked) {
      asked.delete(box.value);
      return;
    }
    show(place, await ask(form.dataset.quotePath, { code: box.value }));
  });
};

const count = () => {
  const ticked = boxes.filter((box) => box.checked).length;
  start.disabled = ticked === 0;
  start.textContent = ticked > 1 ? `Start import of ${ticked} administrations` : "Start import";
  all.checked = ticked > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
};

for (const box of boxes) {
  box.addEventListener("change", () => {
    price(box);
    count();
  });
}
all?.addEventListener("change", () => {
  for (const box of boxes) {
    if (!box.closest("tr").hidden) box.checked = all.checked;
    price(box);
  }
  count();
});
form.querySelector("[data-search]")?.addEventListener("input", () => {
  for (const box of boxes) document.getElementById(`cost-${box.value}`).closest("tr").hidden = !box.checked || box.closest("tr").hidden;
});
count();
