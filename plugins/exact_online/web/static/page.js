// What every page needs: moments in the reader's time zone, search in lists, select all, questions to the server.
const locale = document.documentElement.lang;

const timeZone = () => {
  try {
    const chosen = JSON.parse(globalThis.localStorage.getItem("timezone") ?? '"local"');
    if (chosen && chosen !== "local") return chosen;
  } catch {
    // Then the browser's own.
  }
  return undefined;
};

const formatter = () => {
  const options = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: timeZone() });
  } catch {
    return new Intl.DateTimeFormat(locale, options);
  }
};

export const moment = (iso) => (iso ? formatter().format(new Date(iso)) : "");

export const ask = async (path, values = {}) => {
  const body = new URLSearchParams(values);
  const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content, Accept: "application/json" };
  const answer = await fetch(path, { method: "POST", body, headers });
  const content = await answer.json().catch(() => ({}));
  return answer.ok ? content : { error: content.detail ?? `Airflow answered ${answer.status}.` };
};

for (const element of document.querySelectorAll("time[datetime]")) {
  element.textContent = moment(element.dateTime);
  element.title = element.dateTime;
}

for (const input of document.querySelectorAll("input[data-search]")) {
  const rows = [...document.querySelectorAll(`${input.dataset.search} [data-words]`)];
  const none = document.querySelector(`${input.dataset.search} [data-none]`);
  input.addEventListener("input", () => {
    const words = input.value.toLocaleLowerCase(locale).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.dataset.words.toLocaleLowerCase(locale);
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    if (none) none.hidden = shown > 0;
  });
}

for (const select of document.querySelectorAll("select[data-submit], input[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button[type=submit]")) setTimeout(() => (button.disabled = true));
  });
}

for (const form of document.querySelectorAll("form[data-typed]")) {
  const button = form.querySelector("button[type=submit]");
  const input = form.querySelector("input[name=typed]");
  const tidy = (text) => text.trim().split(/\s+/).join(" ");
  const check = () => {
    button.disabled = tidy(input.value) !== tidy(form.dataset.typed);
  };
  input.addEventListener("input", check);
  check();
}

for (const form of document.querySelectorAll("form[data-environments]")) {
  const check = () => {
    const isNew = !form.querySelector("input[name=app][value=new]") || form.elements.app.value === "new";
    form.querySelector("[data-new-app]").hidden = !isNew;
  };
  form.addEventListener("change", check);
  check();
}

for (const button of document.querySelectorAll("button[data-quote]")) {
  const place = document.getElementById(button.getAttribute("aria-controls"));
  button.addEventListener("click", async () => {
    place.textContent = "Asking Exact…";
    const found = await ask(button.dataset.quote);
    place.textContent = found.error ?? `A full refresh takes ${found.quote}.`;
  });
}
