// Draws each chart from the table beside it: first column across, every further column a series.
"use strict";
(function () {
  const colours = ["#2f6f9f", "#c0452f", "#4d8b4a", "#8a5fa8", "#b07d1a", "#4a9a97", "#9a4a6d"];
  const dashes = ["", "6 3", "2 3", "8 3 2 3", "1 4", "10 4", "4 2"];
  function read(table) {
    const names = Array.from(table.tHead.rows[0].cells, (cell) => cell.textContent.trim());
    const points = [];
    for (const row of table.tBodies[0].rows) {
      const cells = Array.from(row.cells, (cell) => cell.textContent.trim());
      for (let column = 1; column < cells.length; column += 1) {
        const value = cells[column] === "" ? null : Number(cells[column].replace(/,/g, ""));
        if (value !== null && !Number.isNaN(value)) points.push({ x: cells[0], series: names[column], value: value });
      }
    }
    return { names: names, points: points, across: Array.from(table.tBodies[0].rows, (row) => row.cells[0].textContent.trim()) };
  }
  function draw(figure) {
    const table = figure.querySelector("table");
    const place = figure.querySelector(".plot");
    const data = read(table);
    if (!data.points.length) return;
    const series = data.names.slice(1);
    const scale = { domain: series, range: colours.slice(0, series.length) };
    const width = Math.max(300, Math.min(640, place.clientWidth || 560));
    const highest = Math.max(1, ...data.points.map((point) => point.value));
    const whole = highest < 6 ? Array.from({ length: Math.ceil(highest) + 1 }, (_, step) => step) : undefined;
    const marks = [Plot.gridY({ ...(whole ? { ticks: whole } : {}), stroke: "currentColor", strokeOpacity: 0.15 }), Plot.ruleY([0])];
    if (figure.dataset.chart === "bar") {
      marks.push(Plot.barY(data.points, { x: "x", y: "value", fill: colours[0] }));
      if (data.across.length <= 14) marks.push(Plot.text(data.points, { x: "x", y: "value", text: "value", dy: -7, fill: "currentColor" }));
    } else {
      series.forEach(function (name, index) {
        const own = data.points.filter((point) => point.series === name);
        marks.push(Plot.lineY(own, { x: "x", y: "value", stroke: colours[index], strokeWidth: 2, strokeDasharray: dashes[index] }));
        marks.push(Plot.dot(own, { x: "x", y: "value", fill: colours[index], r: 3.5 }));
      });
    }
    const drawing = Plot.plot({
      width: width, height: 280, marginTop: 18, marginLeft: 48, className: "drawn",
      x: { type: figure.dataset.chart === "bar" ? "band" : "point", domain: data.across, label: null, tickSize: 0, tickRotate: data.across.length > width / 45 ? -60 : 0 },
      y: { label: null, nice: true, domain: [Math.min(0, ...data.points.map((point) => point.value)), highest], ticks: whole }, marginBottom: data.across.length > width / 45 ? 44 : 28,
      color: scale, marks: marks,
    });
    // one picture with one name: its table says the rest
    drawing.querySelectorAll("[aria-label]").forEach((part) => part.removeAttribute("aria-label"));
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", figure.querySelector("figcaption").textContent.trim());
    place.replaceChildren(drawing);
    if (series.length > 1) {
      const keys = document.createElement("ul");
      keys.className = "keys";
      keys.setAttribute("aria-hidden", "true");
      series.forEach(function (name, index) {
        const item = document.createElement("li");
        const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        swatch.setAttribute("width", "26");
        swatch.setAttribute("height", "8");
        const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
        for (const [attribute, value] of [["x1", 0], ["x2", 24], ["y1", 4], ["y2", 4], ["stroke", colours[index]], ["stroke-width", 3], ["stroke-dasharray", dashes[index]]]) line.setAttribute(attribute, String(value));
        swatch.append(line);
        item.append(swatch, " " + name);
        keys.append(item);
      });
      place.append(keys);
    }
  }
  if (window.Plot) document.querySelectorAll("figure[data-chart]").forEach(draw);
})();
