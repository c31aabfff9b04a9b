"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, index) => {
    const cell = row.cells[index];
    return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
  };
  heads.forEach((head, index) => {
    const hasNumbers = [...body.rows].some((row) => row.cells[index].dataset.sort !== undefined);
    const compare = (a, b) => {
      const [x, y] = [key(a, index), key(b, index)];
      return hasNumbers ? x - y : x.localeCompare(y);
    };
    const isAbsent = (row) => hasNumbers && typeof key(row, index) !== "number";
    const sort = () => {
      const isUp = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const rows = [...body.rows];
      const known = rows.filter((row) => !isAbsent(row)).sort((a, b) => (isUp ? compare(a, b) : compare(b, a)));
      body.append(...known, ...rows.filter(isAbsent));
    };
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        sort();
      }
    });
  });
}
