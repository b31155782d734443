// Draws each chart from the table beside it, so that both always say the same; colours follow the page's.
const Chart = globalThis.Chart;
const drawn = [];
const locale = document.documentElement.lang;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const read = (table) => {
  const heads = [...table.querySelectorAll("thead th")];
  const columns = heads.map((head, index) => ({ head, index })).filter(({ head }) => head.dataset.chart === "yes");
  const rows = [...table.querySelectorAll("tbody tr[data-row]")];
  const labels = rows.map((row) => row.cells[0].textContent.trim());
  const series = columns.map(({ head, index }) => ({
    label: head.textContent.trim(),
    data: rows.map((row) => Number(row.cells[index].dataset.value || 0)),
  }));
  return { labels, series };
};

const draw = (canvas) => {
  const { labels, series } = read(document.getElementById(canvas.dataset.table));
  const kind = canvas.dataset.kind;
  const palette = ["--chart-1", "--chart-2", "--chart-3", "--chart-4"].map(colour);
  const datasets = series.map((each, index) => ({
    ...each,
    backgroundColor: palette[index % palette.length],
    borderColor: palette[index % palette.length],
    borderWidth: kind === "line" ? 2 : 0,
    pointRadius: labels.length > 24 ? 0 : 2,
    maxBarThickness: 36,
    tension: 0.2,
  }));
  const grid = { color: colour("--line") };
  const ticks = { color: colour("--muted"), font: { family: getComputedStyle(document.body).fontFamily } };
  const shorten = (value) => new Intl.NumberFormat(locale, { notation: "compact" }).format(value);
  return new Chart(canvas, {
    type: kind === "line" ? "line" : "bar",
    data: { labels, datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      responsive: true,
      locale,
      scales: {
        x: { grid: { display: false }, ticks: { ...ticks, maxRotation: 60, autoSkip: true } },
        y: { grid, ticks: { ...ticks, callback: shorten } },
      },
      plugins: {
        legend: { display: series.length > 1, labels: { color: colour("--text"), boxWidth: 12 }, position: "bottom" },
      },
    },
  });
};

const drawAll = () => {
  for (const chart of drawn.splice(0)) chart.destroy();
  for (const canvas of document.querySelectorAll("canvas[data-table]")) drawn.push(draw(canvas));
};
drawAll();
document.addEventListener("theme", drawAll);
