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
    const bars = figure.dataset.chart === "bar", lying = figure.dataset.chart === "hbar";
    // the second part of a stacked bar is what is not there
    const shades = bars && series.length === 2 ? [colours[0], "#a8a196"] : colours;
    const scale = { domain: series, range: shades.slice(0, series.length) };
    const width = Math.max(300, Math.min(640, place.clientWidth || 560));
    const highest = Math.max(1, ...data.points.map((point) => point.value));
    // few whole things are counted in ones; shares of a whole are not
    const whole = highest < 6 && data.points.every((point) => Number.isInteger(point.value)) ? Array.from({ length: Math.ceil(highest) + 1 }, (_, step) => step) : undefined;
    const marks = [];
    if (lying) {
      marks.push(Plot.gridX({ ...(whole ? { ticks: whole } : {}), stroke: "currentColor", strokeOpacity: 0.15 }), Plot.ruleX([0]));
      marks.push(Plot.barX(data.points, { y: "x", x: "value", fill: colours[0] }));
      marks.push(Plot.text(data.points, { y: "x", x: "value", text: "value", dx: 4, textAnchor: "start", fill: "currentColor" }));
    } else {
      marks.push(Plot.gridY({ ...(whole ? { ticks: whole } : {}), stroke: "currentColor", strokeOpacity: 0.15 }), Plot.ruleY([0]));
    }
    if (bars) {
      // series stand on each other: the parts of a whole
      marks.push(Plot.barY(data.points, { x: "x", y: "value", fill: "series", order: series }));
      if (series.length === 1 && data.across.length <= 14) marks.push(Plot.text(data.points, { x: "x", y: "value", text: "value", dy: -7, fill: "currentColor" }));
    } else if (!lying) {
      const breaks = figure.dataset.break;
      series.forEach(function (name, index) {
        const own = data.points.filter((point) => point.series === name);
        // no line joins numbers that were counted otherwise
        for (const part of breaks ? [own.filter((point) => point.x < breaks), own.filter((point) => point.x >= breaks)] : [own]) {
          marks.push(Plot.lineY(part, { x: "x", y: "value", stroke: colours[index], strokeWidth: 2, strokeDasharray: dashes[index] }));
        }
        marks.push(Plot.dot(own, { x: "x", y: "value", fill: colours[index], r: 3.5 }));
      });
      if (breaks && data.across.includes(breaks)) {
        marks.push(Plot.ruleX([breaks], { stroke: "currentColor", strokeOpacity: 0.45, strokeDasharray: "3 3", dx: -width / data.across.length / 2 }));
        marks.push(Plot.text([breaks], { x: (point) => point, text: () => figure.dataset.breakNote, frameAnchor: "top", dx: -width / data.across.length / 2 + 4, dy: -12, textAnchor: "start", fill: "currentColor" }));
      }
    }
    const stacked = bars ? Math.max(...data.across.map((at) => data.points.filter((point) => point.x === at).reduce((sum, point) => sum + point.value, 0))) : highest;
    const plain = whole ? { tickFormat: String } : {};
    const tilted = !lying && data.across.length > width / 45;
    const longest = Math.max(...data.across.map((name) => Array.from(name).length));
    const drawing = Plot.plot(lying ? {
      width: width, height: 40 + data.across.length * 24, marginTop: 10, marginLeft: Math.min(200, 16 + longest * 13), marginRight: 40, className: "drawn",
      y: { type: "band", domain: data.across, label: null, tickSize: 0 },
      x: { label: null, nice: true, domain: [Math.min(0, ...data.points.map((point) => point.value)), highest], ticks: whole, ...plain }, color: scale, marks: marks,
    } : {
      width: width, height: 280, marginTop: 22, marginLeft: 48, className: "drawn",
      x: { type: bars ? "band" : "point", domain: data.across, label: null, tickSize: 0, tickRotate: tilted ? -60 : 0 },
      y: { label: null, nice: true, domain: [Math.min(0, ...data.points.map((point) => point.value)), stacked], ticks: whole, ...plain }, marginBottom: tilted ? 44 : 28,
      color: scale, marks: marks,
    });
    // one picture with one name: its table says the rest
    drawing.querySelectorAll("[aria-label]").forEach((part) => part.removeAttribute("aria-label"));
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", figure.querySelector("figcaption").textContent.trim());
    place.replaceChildren(drawing);
    if (/[\u4e00-\u9fff]/.test(series.join("") + data.across.join(""))) place.lang = "zh-CN";
    if (series.length > 1) {
      const keys = document.createElement("ul");
      keys.className = "keys";
      keys.setAttribute("aria-hidden", "true");
      series.forEach(function (name, index) {
        const item = document.createElement("li");
        const swatch = element("svg", { width: 26, height: 8 });
        swatch.append(bars ? element("rect", { x: 6, width: 12, height: 8, fill: shades[index] }) : element("line", { x1: 0, x2: 24, y1: 4, y2: 4, stroke: colours[index], "stroke-width": 3, "stroke-dasharray": dashes[index] }));
        item.append(swatch, " " + name);
        keys.append(item);
      });
      place.append(keys);
    }
    const tools = figure.querySelector(".tools");
    tools.replaceChildren(tool(figure.dataset.svg, () => save(figure, drawing, series, bars ? shades : null, "svg")), " ", tool(figure.dataset.png, () => save(figure, drawing, series, bars ? shades : null, "png")));
  }
  function element(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
    return made;
  }
  function tool(words, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quietly";
    button.textContent = words;
    button.addEventListener("click", act);
    return button;
  }
  // The drawing as a file of its own: on white, with caption, key and source, legible wherever it is pasted.
  function standalone(figure, drawing, series, fills) {
    const width = Number(drawing.getAttribute("width")), height = Number(drawing.getAttribute("height"));
    const rows = series.length > 1 ? series.length : 0;
    const total = height + 34 + rows * 18 + 22;
    const made = element("svg", { xmlns: "http://www.w3.org/2000/svg", width: width, height: total, viewBox: `0 0 ${width} ${total}`, color: "#1d2126", "font-family": "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif", "font-size": 11 });
    made.append(element("rect", { width: width, height: total, fill: "#ffffff" }));
    const words = function (text, x, y, size, weight) {
      const line = element("text", { x: x, y: y, fill: "#1d2126", "font-size": size, "font-weight": weight });
      line.textContent = text;
      made.append(line);
    };
    words(figure.querySelector("figcaption").textContent.trim(), 8, 20, 14, 600);
    const inner = drawing.cloneNode(true);
    inner.removeAttribute("class");
    inner.setAttribute("y", "30");
    inner.setAttribute("color", "#1d2126");
    inner.setAttribute("fill", "currentColor");
    inner.setAttribute("text-anchor", "middle");
    made.append(inner);
    series.slice(0, rows).forEach(function (name, index) {
      const y = height + 40 + index * 18;
      made.append(fills ? element("rect", { x: 12, y: y, width: 14, height: 9, fill: fills[index] }) : element("line", { x1: 8, x2: 32, y1: y + 5, y2: y + 5, stroke: colours[index], "stroke-width": 3, "stroke-dasharray": dashes[index] }));
      words(name, 40, y + 9, 12, 400);
    });
    words(window.location.origin + window.location.pathname, 8, total - 8, 10, 400);
    return { text: new XMLSerializer().serializeToString(made), width: width, height: total };
  }
  function save(figure, drawing, series, fills, shape) {
    const picture = standalone(figure, drawing, series, fills);
    const name = `gongkai-${figure.id}.${shape}`;
    if (shape === "svg") {
      give(new Blob([picture.text], { type: "image/svg+xml" }), name);
      return;
    }
    const image = new Image();
    image.addEventListener("load", function () {
      const canvas = document.createElement("canvas");
      canvas.width = picture.width * 2;
      canvas.height = picture.height * 2;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => give(blob, name), "image/png");
    });
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(picture.text);
  }
  function give(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  if (window.Plot) document.querySelectorAll("figure[data-chart]").forEach(draw);
})();
