// Before anything is drawn: the colours Airflow's own page has, and later whenever they change there.
(() => {
  const dark = globalThis.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let chosen = null;
    try {
      chosen = globalThis.localStorage.getItem("theme");
    } catch {
      // A browser that keeps nothing still shows the system's colours.
    }
    const isDark = chosen === "dark" || (chosen !== "light" && dark.matches);
    document.documentElement.classList.toggle("dark", isDark);
    document.dispatchEvent(new Event("theme"));
  };
  apply();
  dark.addEventListener("change", apply);
  globalThis.addEventListener("storage", apply);
  if (globalThis.top !== globalThis) document.documentElement.classList.add("framed");
})();
