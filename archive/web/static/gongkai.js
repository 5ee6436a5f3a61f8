// Sortable tables. Without this script every page still reads; nothing else depends on it.
"use strict";
(function () {
  function key(cell) {
    const text = cell ? cell.textContent.trim() : "";
    const number = Number(text.replace(/,/g, ""));
    return text !== "" && !Number.isNaN(number) ? number : text;
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
    return String(a).localeCompare(String(b), "zh-CN", { numeric: true });
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", function () {
        const ascending = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        const body = table.tBodies[0];
        const rows = Array.from(body.rows);
        rows.sort((a, b) => compare(key(a.cells[column]), key(b.cells[column])) * (ascending ? 1 : -1));
        body.append(...rows);
      });
    });
  }
})();
